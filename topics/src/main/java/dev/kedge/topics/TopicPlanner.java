package dev.kedge.topics;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Compares a cluster with the catalogue and brings it there: the control topics, and those of the shard logs and the control plane's
 * changelog that exist. All operations may be repeated, by several processes at once.
 *
 * <p>Throws {@link KafkaUnreachable} and {@link KafkaRefused} as {@link TopicAdmin} does.
 */
public final class TopicPlanner {
    private static final String TRANSACTIONS = "__transaction_state";
    private static final List<String> INTERNAL = List.of(TRANSACTIONS, "__consumer_offsets");

    private final TopicCatalogue catalogue;

    public TopicPlanner(TopicCatalogue catalogue) {
        this.catalogue = catalogue;
    }

    /** What is not as it should be. Changes nothing. */
    public List<Difference> plan(TopicAdmin admin) {
        List<TopicSpec> wanted = new ArrayList<>(catalogue.controlTopics());
        TreeSet<String> existing = new TreeSet<>(admin.topics());
        String logs = catalogue.cell().shardLogPrefix();
        existing.stream()
                .filter(topic -> topic.startsWith(logs))
                .map(catalogue::shardLogTopic)
                .forEach(wanted::add);
        if (existing.contains(catalogue.cell().stateChangelog())) {
            wanted.add(catalogue.stateChangelog());
        }
        existing.retainAll(wanted.stream().map(TopicSpec::name).toList());
        Map<String, Observed> actual = admin.observe(existing);
        return wanted.stream()
                .flatMap(spec -> Observed.differences(spec, actual.get(spec.name())).stream())
                .toList();
    }

    /**
     * What Kafka keeps for itself and keeps less safely than the cell's topics: with a broker gone for good, or a leader elected that lacks
     * what was committed, transactions and groups would be gone as well, and with them who may write. Not among the differences, for it is the
     * cluster's and not the cell's to put right.
     */
    public List<Difference> internalTopics(TopicAdmin admin) {
        List<Difference> found = new ArrayList<>();
        admin.observe(INTERNAL)
                .forEach((topic, observed) -> found.addAll(
                        Observed.lessSafe(topic, catalogue.options(), observed, topic.equals(TRANSACTIONS))));
        return found;
    }

    /**
     * Creates what is missing and changes settings that are wrong. Returns what it put right.
     *
     * @throws TopicsDiffer if there is anything that cannot be put right; then nothing was changed
     */
    public List<Difference> apply(TopicAdmin admin) {
        List<Difference> differences = plan(admin);
        List<Difference> obstacles = differences.stream()
                .filter(difference -> difference.obstacle() != null)
                .toList();
        if (!obstacles.isEmpty()) {
            throw TopicsDiffer.cannotApply(obstacles);
        }
        List<Difference.WrongSetting> wrong = new ArrayList<>();
        for (Difference difference : differences) {
            if (difference instanceof Difference.MissingTopic missing) {
                admin.create(missing.spec());
            } else if (difference instanceof Difference.WrongSetting setting) {
                wrong.add(setting);
            }
        }
        if (!wrong.isEmpty()) {
            admin.alter(wrong);
        }
        return differences;
    }

    /** @throws TopicsDiffer if anything is missing or not as it should be; names all of it */
    public void check(TopicAdmin admin) {
        List<Difference> differences = plan(admin);
        if (!differences.isEmpty()) {
            throw TopicsDiffer.found(differences);
        }
    }
}
