package dev.kedge.orchestrator.decide;

import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.PersistentMap;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.model.Worker;
import java.util.List;

/** Finds what a command names, or says what there is instead. */
final class Names {
    private static final int SHOWN = 8;

    private Names() {}

    static Keyspace keyspace(Draft draft, String name) {
        Keyspace keyspace = draft.state().keyspace(name);
        if (keyspace == null) {
            throw new Refusal(
                    Rejection.UNKNOWN_KEYSPACE,
                    "there is no keyspace " + name
                            + known("keyspace", draft.state().keyspaces()));
        }
        return keyspace;
    }

    static Worker worker(Draft draft, String name) {
        Worker worker = draft.state().worker(name);
        if (worker == null) {
            throw new Refusal(
                    Rejection.UNKNOWN_WORKER,
                    "no worker " + name + " has ever reported"
                            + known("worker", draft.state().workers()));
        }
        return worker;
    }

    /** Refuses what would bring something to a worker that is being emptied. */
    static void requireInUse(Draft draft, String name) {
        Worker worker = draft.state().worker(name);
        if (worker != null && !worker.isInUse()) {
            throw new Refusal(
                    Rejection.WORKER_DRAINING,
                    "the worker " + name + " is "
                            + (worker.service() instanceof Worker.Drained ? "drained" : "being drained")
                            + ": nothing may go there; name another, or use it again with kedge worker undrain "
                            + name);
        }
    }

    static Shard shard(Draft draft, String name) {
        Shard shard = draft.state().shard(name);
        if (shard == null) {
            throw new Refusal(
                    Rejection.UNKNOWN_SHARD,
                    "there is no shard " + name + known("shard", draft.state().shards()));
        }
        return shard;
    }

    static Migration migration(Draft draft, String id) {
        Migration migration = draft.state().migration(id);
        if (migration == null) {
            throw new Refusal(
                    Rejection.UNKNOWN_MIGRATION,
                    "there is no migration " + id
                            + (draft.state().migrations().isEmpty()
                                    ? "; none is running"
                                    : known("running migration", draft.state().migrations())));
        }
        return migration;
    }

    static Proposal proposal(Draft draft, String id) {
        Proposal proposal = draft.state().steering().proposal(id);
        if (proposal == null) {
            throw new Refusal(
                    Rejection.UNKNOWN_PROPOSAL,
                    "there is no proposal " + id
                            + known("open proposal", draft.state().steering().open()));
        }
        return proposal;
    }

    /** "; the keyspaces are a, b" */
    static String known(String what, PersistentMap<String, ?> named) {
        if (named.isEmpty()) {
            return "; there is no " + what + " yet";
        }
        List<String> names = named.keys();
        String shown = String.join(", ", names.subList(0, Math.min(SHOWN, names.size())));
        return "; the " + what + "s are " + shown + (names.size() > SHOWN ? ", ... (" + names.size() + ")" : "");
    }
}
