package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import dev.kedge.worker.resp.Command.KeyArgs;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** COMMAND: the table of commands, told in the form Redis 7 tells it. */
final class CommandCommands {
    private CommandCommands() {}

    static List<Command> all() {
        List<Command> subcommands = List.of(
                command(
                        "count",
                        2,
                        "2.8.13",
                        "O(1): Returns a count of commands.",
                        call -> Outcome.done(
                                new Answer.Int(call.front().table().all().size()))),
                command(
                        "info",
                        -2,
                        "2.8.13",
                        "O(N): Returns information about one, multiple or all commands.",
                        CommandCommands::info),
                command(
                        "docs",
                        -2,
                        "7.0.0",
                        "O(N): Returns documentary information about one, multiple or all commands.",
                        CommandCommands::docs),
                command(
                        "list",
                        2,
                        "7.0.0",
                        "O(N): Returns a list of command names.",
                        call -> Outcome.done(new Answer.Many(call.front().table().all().stream()
                                .map(each -> Answer.bulk(each.name()))
                                .toList()))),
                command(
                        "getkeys",
                        -3,
                        "2.8.13",
                        "O(N): Extracts the key names from an arbitrary command.",
                        CommandCommands::getKeys));
        Command container = Command.container(
                "command", "server", "2.8.13", "Returns detailed information about all commands.", subcommands);
        return List.of(new Command(
                container.name(),
                -1,
                container.keys(),
                List.of("loading", "stale"),
                container.group(),
                container.since(),
                "O(N)",
                container.summary(),
                container.subcommands(),
                call -> Outcome.done(infoOf(call.front().table().all()))));
    }

    private static Outcome info(Call call) {
        if (call.count() == 2) {
            return Outcome.done(infoOf(call.front().table().all()));
        }
        List<Answer> found = new ArrayList<>();
        for (int i = 2; i < call.count(); i++) {
            Command command = call.front().table().find(call.word(i));
            found.add(command == null ? Answer.NIL : info(command));
        }
        return Outcome.done(new Answer.Many(found));
    }

    private static Answer infoOf(Collection<Command> commands) {
        return new Answer.Many(commands.stream().map(CommandCommands::info).toList());
    }

    /** Name, arity, flags, first key, last key, step, ACL categories, tips, key specifications, subcommands. */
    private static Answer info(Command command) {
        KeyArgs keys = command.keys();
        return new Answer.Many(List.of(
                Answer.bulk(command.name()),
                new Answer.Int(command.arity()),
                new Answer.Distinct(
                        command.flags().stream().map(Answer.Simple::new).toList()),
                new Answer.Int(keys.first()),
                new Answer.Int(keys.last()),
                new Answer.Int(keys.step()),
                new Answer.Distinct(List.of(new Answer.Simple("@" + command.group()))),
                Answer.NONE,
                keys.first() == 0 ? Answer.NONE : new Answer.Many(List.of(keySpecification(command))),
                infoOf(command.subcommands())));
    }

    private static Answer keySpecification(Command command) {
        KeyArgs keys = command.keys();
        boolean write = command.flags().contains("write");
        int last = keys.last() < 0 ? keys.last() : keys.last() - keys.first();
        return Answer.pairs(
                "flags",
                new Answer.Distinct(List.of(new Answer.Simple(write ? "RW" : "RO"))),
                "begin_search",
                Answer.pairs("type", "index", "spec", Answer.pairs("index", keys.first())),
                "find_keys",
                Answer.pairs(
                        "type", "range", "spec", Answer.pairs("lastkey", last, "keystep", keys.step(), "limit", 0)));
    }

    /** Commands that are not known are left out, as in Redis. */
    private static Outcome docs(Call call) {
        List<Answer> found = new ArrayList<>();
        if (call.count() == 2) {
            call.front().table().all().forEach(each -> addDocs(found, each));
        }
        for (int i = 2; i < call.count(); i++) {
            Command command = call.front().table().find(call.word(i));
            if (command != null) {
                addDocs(found, command);
            }
        }
        return Outcome.done(new Answer.Pairs(found));
    }

    private static void addDocs(List<Answer> to, Command command) {
        List<Answer> fields = new ArrayList<>();
        fields.addAll(Answer.pairs(
                        "summary",
                        command.summary(),
                        "since",
                        command.since(),
                        "group",
                        command.group(),
                        "complexity",
                        command.complexity())
                .keysAndValues());
        if (!command.subcommands().isEmpty()) {
            List<Answer> inner = new ArrayList<>();
            command.subcommands().forEach(each -> addDocs(inner, each));
            fields.add(Answer.bulk("subcommands"));
            fields.add(new Answer.Pairs(inner));
        }
        to.add(Answer.bulk(command.name()));
        to.add(new Answer.Pairs(fields));
    }

    private static Outcome getKeys(Call call) {
        List<Bytes> args = call.args().subList(2, call.count());
        Command command = call.front().table().find(Call.word(args.getFirst()));
        if (command == null) {
            throw new Refusal("ERR Invalid command specified");
        }
        if (!command.accepts(args.size())) {
            throw new Refusal("ERR Invalid number of arguments specified for command");
        }
        KeyArgs keys = command.keys();
        if (keys.first() == 0) {
            throw new Refusal("ERR The command has no key arguments");
        }
        int last = keys.last() < 0 ? args.size() + keys.last() : keys.last();
        List<Bytes> found = new ArrayList<>();
        for (int i = keys.first(); i <= last; i += keys.step()) {
            found.add(args.get(i));
        }
        return Outcome.done(Answer.bulks(found));
    }

    private static Command command(String name, int arity, String since, String about, Command.Handler handler) {
        return Command.of("command|" + name, arity, KeyArgs.NONE, "loading stale", "server", since, about, handler);
    }
}
