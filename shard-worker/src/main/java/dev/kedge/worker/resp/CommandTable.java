package dev.kedge.worker.resp;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All commands, by name. Immutable. */
final class CommandTable {
    private static final Logger LOG = LoggerFactory.getLogger(CommandTable.class);

    /** What a browser would begin with, if a web page made it speak to this port: its lines must not run as inline commands. */
    private static final Set<String> OF_HTTP = Set.of("post", "host:");

    private final Map<String, Command> commands = new LinkedHashMap<>();

    private CommandTable() {}

    static CommandTable create() {
        CommandTable table = new CommandTable();
        for (List<Command> group : List.of(
                StringCommands.all(),
                KeyspaceCommands.all(),
                ConnectionCommands.all(),
                ClusterCommands.all(),
                InfoCommands.all(),
                CommandCommands.all())) {
            group.forEach(each -> table.commands.put(each.name(), each));
        }
        return table;
    }

    Collection<Command> all() {
        return commands.values();
    }

    /** @param name in lower case; of a subcommand {@code container|name} */
    @Nullable
    Command find(String name) {
        int bar = name.indexOf('|');
        Command found = commands.get(bar < 0 ? name : name.substring(0, bar));
        return bar < 0 || found == null ? found : subcommand(found, name);
    }

    /** Runs a request's command; what is wrong with the request is the answer. */
    Outcome run(Call call) {
        Command command = find(call.word(0));
        if (command == null) {
            return unknown(call);
        }
        try {
            if (!command.subcommands().isEmpty() && call.count() > 1) {
                Command inner = subcommand(command, command.name() + "|" + call.word(1));
                if (inner == null) {
                    return error("ERR unknown subcommand '" + call.quoted(1) + "'. Try "
                            + command.name().toUpperCase(Locale.ROOT) + " HELP.");
                }
                command = inner;
            }
            return command.accepts(call.count())
                    ? command.handler().run(call)
                    : error("ERR wrong number of arguments for '" + command.name() + "' command");
        } catch (Refusal refusal) {
            return error(refusal.error());
        } catch (RuntimeException e) {
            LOG.error("{} of connection {} failed; nothing was done", command.name(), call.session().id, e);
            return error("ERR internal error, nothing was done: see the worker's log");
        }
    }

    private static @Nullable Command subcommand(Command container, String name) {
        for (Command each : container.subcommands()) {
            if (each.name().equals(name)) {
                return each;
            }
        }
        return null;
    }

    private static Outcome unknown(Call call) {
        if (OF_HTTP.contains(call.word(0))) {
            LOG.warn(
                    "Closed the connection from {}, which speaks HTTP: possibly a web page's attack",
                    call.session().remoteAddress);
            return new Outcome.HangUp();
        }
        call.front().stats().unknownCommands.increment();
        List<String> shown = new ArrayList<>();
        int length = 0;
        for (int i = 1; i < call.count() && length < Call.MAX_QUOTED; i++) {
            String arg = call.quoted(i);
            length += arg.length();
            shown.add("'" + arg + "' ");
        }
        return error(
                "ERR unknown command '" + call.quoted(0) + "', with args beginning with: " + String.join("", shown));
    }

    private static Outcome error(String text) {
        return Outcome.done(new Answer.Failure(text));
    }
}
