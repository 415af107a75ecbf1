package dev.kedge;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.util.Set;
import java.util.Timer;

/** Purity and layering of every module. It stands here because the simulator is what purity is for, and sees all the pure packages. */
@AnalyzeClasses(packages = "dev.kedge", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    private static final String[] PURE_PACKAGES = {
        "dev.kedge.model..",
        "dev.kedge.worker.engine..",
        "dev.kedge.orchestrator.model..",
        "dev.kedge.orchestrator.policy..",
        "dev.kedge.orchestrator.decide.."
    };

    private static final DescribedPredicate<AccessTarget> READS_A_CLOCK_THE_ENVIRONMENT_OR_DICE =
            describe("reads a clock, the environment or a source of randomness", target -> switch (target.getOwner()
                    .getName()) {
                case "java.lang.System" ->
                    Set.of("currentTimeMillis", "nanoTime", "getenv", "getProperty", "exit")
                            .contains(target.getName());
                case "java.time.Instant", "java.time.LocalDate", "java.time.LocalDateTime", "java.time.ZonedDateTime" ->
                    target.getName().equals("now");
                case "java.util.UUID" -> target.getName().equals("randomUUID");
                case "java.util.concurrent.ThreadLocalRandom" ->
                    target.getName().equals("current");
                case "java.util.random.RandomGenerator", "java.util.random.RandomGeneratorFactory" -> true;
                case "java.lang.Math", "java.lang.StrictMath" ->
                    target.getName().equals("random");
                default -> false;
            });

    private static final DescribedPredicate<AccessTarget> SEEDS_DICE_BY_ITSELF = describe(
            "makes a source of randomness",
            target -> Set.of("java.util.Random", "java.util.SplittableRandom", "java.security.SecureRandom")
                    .contains(target.getOwner().getName()));

    /** What decides must be replayable from its inputs alone: Kafka, RocksDB, Netty, threads and files are adapters elsewhere. */
    @ArchTest
    static final ArchRule PURE_PACKAGES_KNOW_NO_OUTSIDE_WORLD = noClasses()
            .that()
            .resideInAnyPackage(PURE_PACKAGES)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.kafka..",
                    "org.rocksdb..",
                    "io.netty..",
                    "redis.clients..",
                    "org.slf4j..",
                    "java.util.concurrent..",
                    "java.net..",
                    "java.nio.channels..",
                    "java.nio.file..")
            .orShould()
            .dependOnClassesThat(assignableTo(Thread.class)
                    .or(assignableTo(Clock.class))
                    .or(assignableTo(Timer.class))
                    .or(assignableTo(ThreadLocal.class)));

    /** Time, ids and chance arrive inside inputs, or a failing seed would not replay. */
    @ArchTest
    static final ArchRule PURE_PACKAGES_READ_NO_CLOCK = noClasses()
            .that()
            .resideInAnyPackage(PURE_PACKAGES)
            .should()
            .callMethodWhere(target(READS_A_CLOCK_THE_ENVIRONMENT_OR_DICE))
            .orShould()
            .callConstructorWhere(target(SEEDS_DICE_BY_ITSELF));

    @ArchTest
    static final ArchRule THE_DOMAIN_DOES_NOT_KNOW_HOW_IT_IS_WRITTEN_DOWN = noClasses()
            .that()
            .resideInAPackage("dev.kedge.model..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.kedge.schemas..", "org.apache.avro..", "com.fasterxml..");

    /** Else it might be wrong with what it checks. */
    @ArchTest
    static final ArchRule THE_CHECK_OF_HISTORIES_KNOWS_NOTHING_OF_HOW_KEDGE_WORKS = noClasses()
            .that()
            .resideInAPackage("dev.kedge.history..")
            .should()
            .dependOnClassesThat(JavaClass.Predicates.resideInAPackage("dev.kedge..")
                    .and(DescribedPredicate.not(
                            JavaClass.Predicates.resideInAnyPackage("dev.kedge.model..", "dev.kedge.history.."))));

    @ArchTest
    static final ArchRule THE_ENGINE_DOES_NOT_KNOW_ITS_ADAPTERS = noClasses()
            .that()
            .resideInAPackage("dev.kedge.worker.engine..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.kedge.worker.log..",
                    "dev.kedge.worker.store..",
                    "dev.kedge.worker.resp..",
                    "dev.kedge.worker.runtime..");

    @ArchTest
    static final ArchRule THE_DECIDER_DOES_NOT_KNOW_ITS_SHELL = noClasses()
            .that()
            .resideInAnyPackage(
                    "dev.kedge.orchestrator.model..",
                    "dev.kedge.orchestrator.policy..",
                    "dev.kedge.orchestrator.decide..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.kedge.orchestrator.streams..");

    /** What is decided from load can be planned and backtested without a decider. */
    @ArchTest
    static final ArchRule POLICIES_DO_NOT_KNOW_THE_DECIDER = noClasses()
            .that()
            .resideInAPackage("dev.kedge.orchestrator.policy..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.kedge.orchestrator.decide..");

    /** Components never call each other: topics are the only wire. */
    @ArchTest
    static final ArchRule THE_WORKER_DOES_NOT_KNOW_THE_CONTROL_PLANE = noClasses()
            .that()
            .resideInAPackage("dev.kedge.worker..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.kedge.orchestrator..", "dev.kedge.cli..", "dev.kedge.simulation..", "dev.kedge.kafka..");

    @ArchTest
    static final ArchRule THE_CONTROL_PLANE_DOES_NOT_KNOW_THE_WORKER = noClasses()
            .that()
            .resideInAPackage("dev.kedge.orchestrator..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.kedge.worker..", "dev.kedge.cli..", "dev.kedge.simulation..", "dev.kedge.kafka..");
}
