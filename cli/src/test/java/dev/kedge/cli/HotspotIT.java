package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Zipf traffic makes a shard hot: by themselves the policies split it and move a part, its load halves, and no client sees an error; the
 * traffic goes, and what was cut is joined. Real processes, the demo in small.
 */
@Timeout(300)
final class HotspotIT {
    @AfterAll
    static void quietAgain() {
        Logging.quiet();
    }

    @Test
    void aHotShardIsRelievedAndJoinedAgain() {
        Set<Long> before = children();
        Cli.Result demo = new Cli()
                .run(
                        "demo",
                        "--scenario",
                        "hotspot",
                        "--rows",
                        "4000",
                        "--rate",
                        "400",
                        "--clients",
                        "4",
                        "--output",
                        "json");
        assertThat(demo.status()).as("%s", demo).isZero();
        JsonNode json = demo.json();
        assertThat(json.get("good").asBoolean()).isTrue();
        assertThat(json.get("errors").asInt()).isZero();
        assertThat(json.get("linearizable").asBoolean()).isTrue();
        double hot = json.get("shareBefore").asDouble();
        assertThat(hot).as("nearly all of the load on one shard").isGreaterThan(0.8);
        assertThat(json.get("shareAfter").asDouble()).as("about half of it").isLessThan(hot * 0.75);
        List<String> types = new ArrayList<>();
        List<String> policies = new ArrayList<>();
        for (JsonNode event : json.get("events")) {
            types.add(event.get("type").asText());
            if (event.get("type").asText().equals("ProposalMade")) {
                policies.add(event.get("policy").asText());
                assertThat(event.get("reason").asText()).isNotBlank();
                assertThat(event.get("figures")).isNotEmpty();
            }
        }
        assertThat(policies).startsWith("LOAD").contains("MERGE");
        assertThat(types)
                .containsSubsequence(
                        "ProposalMade",
                        "ProposalStarted",
                        "TabletSplit",
                        "CutoverCompleted",
                        "ProposalDone",
                        "ProposalMade",
                        "TabletsMerged");
        assertThat(demo.err()).contains("because", "figures", "SPREAD", "JOINED");
        Set<Long> left = children();
        left.removeAll(before);
        assertThat(left).as("processes left running").isEmpty();
    }

    private static Set<Long> children() {
        return ProcessHandle.current()
                .descendants()
                .filter(ProcessHandle::isAlive)
                .map(ProcessHandle::pid)
                .collect(Collectors.toSet());
    }
}
