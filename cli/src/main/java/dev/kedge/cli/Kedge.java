package dev.kedge.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** The {@code kedge} command. */
@Command(
        name = "kedge",
        description = "Moves live key ranges between shards.",
        version = "kedge " + Kedge.VERSION,
        mixinStandardHelpOptions = true,
        subcommands = {
            DemoCommand.class,
            ChaosCommand.class,
            DevCommand.class,
            KafkaCommand.class,
            OrchestratorCommand.class,
            WorkerCommand.class,
            TopicsCommand.class,
            KeyspaceCommand.class,
            ShardCommand.class,
            TabletCommand.class,
            ReplicaCommand.class,
            MigrateCommand.class,
            MigrationsCommand.class,
            MigrationCommand.class,
            AuditCommand.class,
            PolicyCommand.class,
            PlanCommand.class,
            ProposalCommand.class,
            RebalanceCommand.class,
            ExplainCommand.class,
            BacktestCommand.class,
            SplitCommand.class,
            MergeCommand.class,
            RouteCommand.class,
            GetCommand.class,
            PutCommand.class,
            DelCommand.class,
            SimulateCommand.class,
            BenchCommand.class,
            HelpCommand.class,
            GenerateCompletion.class,
            WarmUp.class
        },
        footer = {
            "",
            "Exit status: 0 done; 1 it did not work out; 2 what was asked can't be done as asked, and nothing was changed."
        })
final class Kedge {
    static final String VERSION = "0.1.0-SNAPSHOT";

    private Kedge() {}

    public static void main(String[] args) {
        System.exit(run(
                new PrintWriter(System.out, false, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                args));
    }

    /** Returns the exit status. */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        CommandLine kedge = new CommandLine(new Kedge())
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(false)
                .registerConverter(Duration.class, new Durations())
                .registerConverter(Sizes.class, new Sizes.Converter())
                .setExecutionExceptionHandler(Failures::onExecution)
                .setParameterExceptionHandler(Failures::onParameters);
        // A value such as "-m" is a range, not a cluster of options.
        kedge.setUnmatchedOptionsAllowedAsOptionParameters(true);
        int status = kedge.execute(args);
        out.flush();
        err.flush();
        return status;
    }
}
