package dev.kedge.worker.resp;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * One command of the table, as COMMAND tells it.
 *
 * @param name in lower case; of a subcommand {@code container|name}
 * @param arity number of arguments, the name (and the container's) included; negative: at least that many
 * @param since the Redis version that brought it
 */
record Command(
        String name,
        int arity,
        KeyArgs keys,
        List<String> flags,
        String group,
        String since,
        String complexity,
        String summary,
        List<Command> subcommands,
        Handler handler) {

    /** Runs a command. May change the session and nothing else, except where the command is about that. */
    @FunctionalInterface
    interface Handler {
        /** @throws Refusal if the request is wrong */
        Outcome run(Call call);
    }

    /**
     * Which arguments are keys.
     *
     * @param first 0 if none
     * @param last negative counts from the end: -1 is the last argument
     */
    record KeyArgs(int first, int last, int step) {
        static final KeyArgs NONE = new KeyArgs(0, 0, 0);
        static final KeyArgs ONE = new KeyArgs(1, 1, 1);
        static final KeyArgs ALL = new KeyArgs(1, -1, 1);
        static final KeyArgs EVERY_OTHER = new KeyArgs(1, -1, 2);
    }

    static Command of(
            String name, int arity, KeyArgs keys, String flags, String group, String since, String about, Handler run) {
        int colon = about.indexOf(": ");
        return new Command(
                name,
                arity,
                keys,
                Arrays.asList(flags.split(" ", -1)),
                group,
                since,
                about.substring(0, colon),
                about.substring(colon + 2),
                List.of(),
                run);
    }

    /** A command that only holds subcommands; HELP among them is made here. */
    static Command container(String name, String group, String since, String summary, List<Command> subcommands) {
        Command help = of(
                name + "|help",
                2,
                KeyArgs.NONE,
                "loading stale",
                group,
                since,
                "O(1): Returns helpful text about the subcommands.",
                call -> Outcome.done(helpOf(name, subcommands)));
        List<Command> all = Stream.concat(subcommands.stream(), Stream.of(help)).toList();
        return new Command(
                name,
                -2,
                KeyArgs.NONE,
                List.of(),
                group,
                since,
                "Depends on subcommand.",
                summary,
                all,
                call -> Outcome.done(new Answer.Failure("ERR syntax error")));
    }

    boolean accepts(int argCount) {
        return arity >= 0 ? argCount == arity : argCount >= -arity;
    }

    private static Answer helpOf(String name, List<Command> subcommands) {
        List<String> lines = subcommands.stream()
                .flatMap(each -> Stream.of(
                        each.name().substring(name.length() + 1).toUpperCase(Locale.ROOT), "    " + each.summary()))
                .toList();
        String title = name.toUpperCase(Locale.ROOT) + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:";
        return new Answer.Many(Stream.concat(Stream.of(title), lines.stream())
                .map(Answer.Simple::new)
                .toList());
    }
}
