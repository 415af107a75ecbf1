package dev.kedge.orchestrator.model;

import dev.kedge.model.KeyRange;
import dev.kedge.schemas.command.MigrationOptions;

/** What a migration was asked to do; never changes. */
public record Plan(
        String migration, String keyspace, KeyRange range, String from, String to, MigrationOptions options) {}
