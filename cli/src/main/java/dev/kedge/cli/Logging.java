package dev.kedge.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.slf4j.LoggerFactory;

/**
 * Logs to standard error. Found by logback as a service: reading a configuration file would cost each short command a tenth of a second.
 * Short commands say themselves what went wrong, so all but errors of Kedge is off; commands that stay up log more.
 */
public final class Logging extends ContextAwareBase implements Configurator {
    private static final String PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{24} %msg%n";

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(PATTERN);
        encoder.start();
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(context);
        console.setTarget("System.err");
        console.setEncoder(encoder);
        console.start();
        context.getLogger("ROOT").addAppender(console);
        levels(context, Level.OFF, Level.ERROR);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** For commands that stay up. */
    static void verbose() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            levels(context, Level.WARN, Level.INFO);
        }
    }

    /** For short commands; as at the start. */
    static void quiet() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            levels(context, Level.OFF, Level.ERROR);
        }
    }

    private static void levels(LoggerContext context, Level others, Level ours) {
        context.getLogger("ROOT").setLevel(others);
        context.getLogger("dev.kedge").setLevel(ours);
        // Says at every assignment that what nobody asked for is off.
        context.getLogger("org.apache.kafka.streams.processor.assignment.TaskAssignmentUtils")
                .setLevel(Level.ERROR);
    }
}
