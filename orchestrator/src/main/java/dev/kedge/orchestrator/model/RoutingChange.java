package dev.kedge.orchestrator.model;

import dev.kedge.schemas.routing.RoutingKey;
import dev.kedge.schemas.routing.RoutingRecord;
import org.jspecify.annotations.Nullable;

/** A record for the routing topic; {@code record} null removes what {@code key} names. */
public record RoutingChange(RoutingKey key, @Nullable RoutingRecord record) {}
