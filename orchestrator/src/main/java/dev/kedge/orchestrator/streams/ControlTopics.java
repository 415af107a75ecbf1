package dev.kedge.orchestrator.streams;

import dev.kedge.topics.Difference;
import dev.kedge.topics.TopicAdmin;
import dev.kedge.topics.TopicCatalogue;
import dev.kedge.topics.TopicPlanner;
import dev.kedge.topics.TopicSpec;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at the cell's topics before anything is decided upon them. */
final class ControlTopics {
    private static final Logger LOG = LoggerFactory.getLogger(ControlTopics.class);

    private ControlTopics() {}

    /**
     * A control topic that is missing or wrong is refused. A shard's log that is wrong is only said: one shard's trouble must not keep the
     * control plane of all others from starting.
     *
     * @throws dev.kedge.topics.TopicsDiffer if a control topic is not as it must be
     */
    static void check(TopicCatalogue catalogue, TopicAdmin admin) {
        Set<String> control =
                catalogue.controlTopics().stream().map(TopicSpec::name).collect(Collectors.toSet());
        TopicPlanner planner = new TopicPlanner(catalogue);
        for (Difference difference : planner.plan(admin)) {
            if (control.contains(difference.topic())) {
                planner.check(admin);
            }
            LOG.warn("{}", difference.describe());
        }
    }
}
