package dev.kedge.cli;

import dev.kedge.kafka.KafkaStartException;
import dev.kedge.orchestrator.model.ImpossibleHistoryException;
import dev.kedge.router.IndeterminateOutcomeException;
import dev.kedge.router.KedgeException;
import dev.kedge.router.RefusedException;
import dev.kedge.router.RoutingTopicException;
import dev.kedge.router.UnavailableException;
import dev.kedge.schemas.registry.SchemaRegistryException;
import dev.kedge.schemas.registry.SchemaRegistryUnreachable;
import dev.kedge.topics.KafkaRefused;
import dev.kedge.topics.KafkaUnreachable;
import dev.kedge.topics.TopicsDiffer;
import java.io.PrintWriter;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Turns what went wrong into words, an exit status, and with {@code --output json} an object {@code {"error": {...}}}. */
final class Failures {
    private Failures() {}

    static int onExecution(Exception e, CommandLine command, ParseResult parsed) {
        if (e instanceof CommandException known) {
            return say(command, known.code(), known.getMessage(), known.exitStatus());
        }
        String code = code(e);
        if (code != null) {
            return say(command, code, e.getMessage(), status(e));
        }
        say(command, "UNEXPECTED", "this should not happen, please report it: " + e, ExitStatus.FAILURE);
        e.printStackTrace(command.getErr());
        return ExitStatus.FAILURE;
    }

    static int onParameters(ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        int status = say(command, "BAD_INPUT", e.getMessage(), ExitStatus.BAD_INPUT);
        PrintWriter err = command.getErr();
        if (!CommandLine.UnmatchedArgumentException.printSuggestions(e, err)) {
            err.println("see: " + command.getCommandSpec().qualifiedName() + " --help");
        }
        return status;
    }

    private static int status(Exception e) {
        return e instanceof RefusedException ? ExitStatus.BAD_INPUT : ExitStatus.FAILURE;
    }

    /** Null for what nobody foresaw. */
    private static @Nullable String code(Exception e) {
        return switch (e) {
            case KafkaUnreachable x -> "KAFKA_UNREACHABLE";
            case KafkaRefused x -> "KAFKA_REFUSED";
            case KafkaStartException x -> "KAFKA_NOT_STARTED";
            case TopicsDiffer x -> "TOPICS_DIFFER";
            case SchemaRegistryUnreachable x -> "REGISTRY_UNREACHABLE";
            case SchemaRegistryException x -> "REGISTRY_REFUSED";
            case ImpossibleHistoryException x -> "IMPOSSIBLE_HISTORY";
            case IndeterminateOutcomeException x -> "INDETERMINATE";
            case UnavailableException x -> "UNAVAILABLE";
            case RefusedException x -> "REFUSED";
            case RoutingTopicException x -> code(x.trouble());
            case KedgeException x -> "UNREADABLE";
            case RetriableException x -> "KAFKA_UNREACHABLE";
            case ApiException x -> "KAFKA_REFUSED";
            default -> null;
        };
    }

    private static String code(RoutingTopicException.Trouble trouble) {
        return switch (trouble) {
            case UNREACHABLE -> "KAFKA_UNREACHABLE";
            case REFUSED -> "KAFKA_REFUSED";
            case MISSING -> "TOPIC_MISSING";
            case MISCONFIGURED -> "TOPIC_MISCONFIGURED";
            case UNREADABLE -> "UNREADABLE";
        };
    }

    private static int say(CommandLine command, String code, @Nullable String message, int status) {
        String text = message == null ? code : message;
        PrintWriter err = command.getErr();
        err.println("kedge: " + text);
        err.flush();
        if (wantsJson(command)) {
            command.getOut()
                    .println(Json.write(Json.fields()
                            .with("error", Json.fields().with("code", code).with("message", text))));
            command.getOut().flush();
        }
        return status;
    }

    private static boolean wantsJson(CommandLine command) {
        var mixin = command.getCommandSpec().mixins().get("output");
        return mixin != null && mixin.userObject() instanceof OutputOptions output && output.json();
    }
}
