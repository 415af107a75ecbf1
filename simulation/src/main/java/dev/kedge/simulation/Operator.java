package dev.kedge.simulation;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.model.ReadReplicaState;
import dev.kedge.model.Slots;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.ReadReplica;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.model.Tablet;
import dev.kedge.orchestrator.model.Worker;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.Command.InitialTablet;
import dev.kedge.schemas.command.CommandEnvelope;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.MigrationOptions.OnDivergence;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whoever gives commands: first sets the cell up, then migrates, splits, merges, aborts and rolls back at random. */
final class Operator {
    /** How old answers of read replicas may be. */
    static final int REPLICA_STALENESS_MILLIS = 500;

    /** More would leave hardly a tablet whose bounds can be moved (R8). */
    private static final int MOST_REPLICAS = 2;

    private final World world;
    private boolean running;

    Operator(World world) {
        this.world = world;
    }

    void send(Command command) {
        CommandEnvelope envelope = new CommandEnvelope("operator", world.wallMillis(), command);
        world.scheduler().after(world.scheduler().between(200_000, 5 * Scheduler.MILLI), () -> {
            long offset = world.commands().append(envelope);
            world.trace().say(() -> "command " + offset + " " + command);
        });
    }

    boolean areShardsReady() {
        return world.state().shards().values().stream()
                        .filter(s -> s instanceof Shard.Assigned)
                        .count()
                == world.settings().shards();
    }

    boolean isReady(Workload.Space space) {
        Keyspace keyspace = world.state().keyspace(space.name());
        if (keyspace != null && keyspace.id() != space.id()) {
            throw new IllegalStateException("the keyspace " + keyspace.name() + " got the id " + keyspace.id());
        }
        return keyspace != null;
    }

    void addShards() {
        List<SimWorker> workers = List.copyOf(world.workers());
        for (int i = 0; i < world.settings().shards(); i++) {
            send(new Command.AddShard(
                    "s" + (i + 1), workers.get(i % workers.size()).name()));
        }
    }

    void create(Workload.Space space) {
        List<InitialTablet> tablets = new ArrayList<>();
        int count = (int) world.scheduler().between(1, world.settings().shards());
        for (int i = 0; i < count; i++) {
            tablets.add(new InitialTablet(i == 0 ? Bytes.EMPTY : bound(space, i, count), "s" + (i + 1)));
        }
        send(new Command.CreateKeyspace(space.name(), space.placement(), tablets));
    }

    private static Bytes bound(Workload.Space space, int part, int parts) {
        return switch (space.placement()) {
            case HASH -> Slots.bound(Slots.COUNT * part / parts);
            case RANGE -> Bytes.utf8("" + (char) ('a' + 26 * part / parts));
        };
    }

    void run(boolean on) {
        boolean start = on && !running;
        running = on;
        if (start) {
            later();
        }
    }

    private void later() {
        world.scheduler().after(world.scheduler().between(100, 600) * Scheduler.MILLI, () -> {
            if (running) {
                command();
                later();
            }
        });
    }

    /** Now and then somebody wants to go back at once. */
    void migrationMoved(Migration migration) {
        if (running
                && migration.phase() == Phase.ROLLBACK_WINDOW
                && world.scheduler().chance(0.3)) {
            world.scheduler()
                    .after(
                            world.scheduler().between(1, 300) * Scheduler.MILLI,
                            () -> send(new Command.RollbackMigration(migration.id(), "second thoughts")));
        }
    }

    /** Lets what was paused go on, and what would go on for ever end, so that everything ends. */
    void resumeAll() {
        for (ReadReplica replica : world.state().readReplicas().values()) {
            if (replica.state() != ReadReplicaState.LEAVING) {
                send(remove(replica));
            }
        }
        for (Migration m : world.state().migrations().values()) {
            if (m.paused()) {
                send(new Command.ResumeMigration(m.id()));
            }
        }
    }

    private void command() {
        int dice = (int) world.scheduler().between(0, 99);
        Command command;
        if (dice < 40) {
            command = migrate();
        } else if (dice < 43) {
            command = drain();
        } else if (dice < 49) {
            command = replicate();
        } else if (dice < 55) {
            Workload.Space space = world.scheduler().oneOf(world.spaces());
            command = new Command.SplitTablet(space.name(), randomBound(space));
        } else if (dice < 63) {
            command = merge();
        } else {
            command = toMigration(dice);
        }
        if (command != null) {
            send(command);
            if (world.strikes(Fault.DUPLICATED_DELIVERY, 0.05)) {
                send(command);
            }
        }
    }

    /** Empties one worker at a time, and takes it into use again later. */
    private Command drain() {
        for (Worker worker : world.state().workers().values()) {
            if (!worker.isInUse()) {
                return new Command.UndrainWorker(worker.name());
            }
        }
        return new Command.DrainWorker(
                world.scheduler().oneOf(world.state().workers().keys()), options());
    }

    private @Nullable Command replicate() {
        List<ReadReplica> replicas = world.state().readReplicas().values();
        if (replicas.size() >= MOST_REPLICAS
                || (!replicas.isEmpty() && world.scheduler().chance(0.4))) {
            return remove(world.scheduler().oneOf(replicas));
        }
        Workload.Space space = world.scheduler().oneOf(world.spaces());
        Keyspace keyspace = world.state().keyspace(space.name());
        return keyspace == null
                ? null
                : new Command.AddReadReplica(
                        space.name(),
                        world.scheduler().oneOf(keyspace.tablets().keys()),
                        "s" + world.scheduler().between(1, world.settings().shards()),
                        REPLICA_STALENESS_MILLIS);
    }

    private static Command remove(ReadReplica replica) {
        return new Command.RemoveReadReplica(replica.keyspace(), replica.start(), replica.shard());
    }

    private @Nullable Command toMigration(int dice) {
        if (dice < 70) {
            String id = any(null);
            return id == null ? null : new Command.PauseMigration(id);
        }
        if (dice < 78) {
            String id = any(null);
            return id == null ? null : new Command.ResumeMigration(id);
        }
        if (dice < 83) {
            String id = any(null);
            return id == null ? null : new Command.AbortMigration(id, "chance");
        }
        if (dice < 93) {
            String id = any(Phase.ROLLBACK_WINDOW);
            return id == null ? null : new Command.RollbackMigration(id, "chance");
        }
        String id = any(Phase.ROLLBACK_WINDOW);
        return id == null ? null : new Command.FinishMigration(id);
    }

    /** A running migration, in a phase that is preferred if there is one in it. */
    private @Nullable String any(@Nullable Phase preferred) {
        List<Migration> running = world.state().migrations().values();
        List<Migration> fitting =
                running.stream().filter(m -> m.phase() == preferred).toList();
        List<Migration> choice = fitting.isEmpty() ? running : fitting;
        return choice.isEmpty() ? null : world.scheduler().oneOf(choice).id();
    }

    private Bytes randomBound(Workload.Space space) {
        Scheduler scheduler = world.scheduler();
        return switch (space.placement()) {
            case HASH -> Slots.bound((int) scheduler.between(0, 31) * (Slots.COUNT / 32));
            case RANGE -> Bytes.utf8("" + (char) scheduler.between('a', 'z'));
        };
    }

    private @Nullable Command merge() {
        Workload.Space space = world.scheduler().oneOf(world.spaces());
        Keyspace keyspace = world.state().keyspace(space.name());
        if (keyspace == null || keyspace.tablets().size() < 2) {
            return null;
        }
        return new Command.MergeTablets(
                space.name(), world.scheduler().oneOf(keyspace.tablets().keys()));
    }

    private @Nullable Command migrate() {
        Scheduler scheduler = world.scheduler();
        Workload.Space space = scheduler.oneOf(world.spaces());
        Keyspace keyspace = world.state().keyspace(space.name());
        if (keyspace == null) {
            return null;
        }
        List<Map.Entry<Bytes, Tablet>> tablets = new ArrayList<>();
        keyspace.tablets().forEach(tablets::add);
        Map.Entry<Bytes, Tablet> chosen = scheduler.oneOf(tablets);
        KeyRange range = new KeyRange(chosen.getKey(), keyspace.endOf(chosen.getKey()));
        Bytes start = range.start();
        Bytes end = range.end();
        Bytes cut = randomBound(space);
        if (scheduler.chance(0.4) && range.contains(cut) && !cut.equals(range.start())) {
            if (scheduler.chance(0.5)) {
                start = cut;
            } else {
                end = cut;
            }
        }
        String from = chosen.getValue().shard();
        String to = "s" + scheduler.between(1, world.settings().shards());
        return new Command.StartMigration(space.name(), from, to, start, end, options());
    }

    private MigrationOptions options() {
        Scheduler scheduler = world.scheduler();
        return new MigrationOptions(
                1_000,
                scheduler.between(200, 3_000),
                scheduler.chance(0.2) ? 100 : 0,
                scheduler.between(5, 100),
                (int) scheduler.between(20, 200),
                (int) scheduler.between(100, 400),
                (int) scheduler.between(100, 500),
                2,
                scheduler.chance(0.5) ? OnDivergence.RECOPY : OnDivergence.ABORT);
    }

    /** The keyspaces of a simulation and the keys used in them. */
    static List<Workload.Space> spaces(int keys) {
        List<Bytes> slotted = new ArrayList<>();
        List<Bytes> ranged = new ArrayList<>();
        for (int i = 0; i < keys / 2; i++) {
            slotted.add(Bytes.utf8("k" + i));
            ranged.add(Bytes.utf8((char) ('a' + 26 * i / (keys / 2)) + "-" + i));
        }
        return List.of(
                new Workload.Space("slots", 1, Placement.HASH, slotted),
                new Workload.Space("names", 2, Placement.RANGE, ranged));
    }
}
