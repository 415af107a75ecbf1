package dev.kedge.topics;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Compares a cluster with the catalogue and brings it there: the control topics, and the shard logs that exist. All three
 * operations may be repeated, by several processes at once.
 *
 * <p>Throws {@link KafkaUnreachable} and {@link KafkaRefused} as {@link TopicAdmin} does.
 */
public final class TopicPlanner {
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
        existing.retainAll(wanted.stream().map(TopicSpec::name).toList());
        Map<String, Observed> actual = admin.observe(existing);
        return wanted.stream()
                .flatMap(spec -> Observed.differences(spec, actual.get(spec.name())).stream())
                .toList();
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
