package dev.kedge.cli;

import picocli.CommandLine.Command;

/** {@code kedge migration}. */
@Command(
        name = "migration",
        description = "Show, watch and steer a migration.",
        mixinStandardHelpOptions = true,
        subcommands = {
            MigrationShow.class,
            MigrationWatch.class,
            MigrationPause.class,
            MigrationResume.class,
            MigrationAbort.class,
            MigrationRollback.class,
            MigrationFinish.class
        })
final class MigrationCommand {}
