package dev.kedge.simulation;

import dev.kedge.history.Linearizability;

/** I4: each key's history is linearizable, reads included, across migrations, failovers and rollbacks. */
final class I4Linearizable extends Invariant {
    private final World world;

    I4Linearizable(World world) {
        this.world = world;
    }

    @Override
    void atEnd() {
        Linearizability.Verdict verdict = Linearizability.check(world.history().operations());
        if (!verdict.holds()) {
            throw violated(verdict.violations().get(0).toString());
        }
    }
}
