package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import dev.kedge.worker.resp.Command.KeyArgs;
import java.util.List;

/** The commands on the connection itself. */
final class ConnectionCommands {
    private static final String ANYTIME = "noscript loading stale fast";

    /** Of AUTH and HELLO's AUTH alike, as Redis words it. */
    private static final String NO_PASSWORD =
            "ERR AUTH <password> called without any password configured for the default user."
                    + " Are you sure your configuration is correct?";

    private ConnectionCommands() {}

    static List<Command> all() {
        return List.of(
                connection(
                        "ping",
                        -1,
                        "1.0.0",
                        "O(1): Returns the server's liveliness response.",
                        ConnectionCommands::ping),
                connection(
                        "echo",
                        2,
                        "1.0.0",
                        "O(1): Returns the given string.",
                        call -> Outcome.done(new Answer.Bulk(call.arg(1)))),
                connection("hello", -1, "6.0.0", "O(1): Handshakes with the server.", ConnectionCommands::hello),
                connection("auth", -2, "1.0.0", "O(1): Refused: this server knows no passwords.", call -> {
                    throw new Refusal(NO_PASSWORD);
                }),
                connection("quit", -1, "1.0.0", "O(1): Closes the connection.", call -> new Outcome.Last(Answer.OK)),
                connection(
                        "readonly",
                        1,
                        "3.0.0",
                        "O(1): Lets this worker answer reads from a former owner's rows, which can be stale.",
                        call -> replicaReads(call, true)),
                connection(
                        "readwrite",
                        1,
                        "3.0.0",
                        "O(1): Lets only owners answer reads, which is what a connection begins with.",
                        call -> replicaReads(call, false)),
                Command.container(
                        "client",
                        "connection",
                        "2.4.0",
                        "A container for client connection commands.",
                        clientCommands()));
    }

    private static List<Command> clientCommands() {
        return List.of(
                connection(
                        "client|id",
                        2,
                        "5.0.0",
                        "O(1): Returns the unique client ID of the connection.",
                        call -> Outcome.done(new Answer.Int(call.session().id))),
                connection(
                        "client|getname",
                        2,
                        "2.6.9",
                        "O(1): Returns the name of the connection.",
                        call -> Outcome.done(
                                call.session().name.isEmpty() ? Answer.NIL : Answer.bulk(call.session().name))),
                connection("client|setname", 3, "2.6.9", "O(1): Sets the connection name.", call -> {
                    call.session().name =
                            label(call.kept(2), "Client names cannot contain spaces, newlines or special characters.");
                    return Outcome.done(Answer.OK);
                }),
                connection(
                        "client|setinfo",
                        4,
                        "7.2.0",
                        "O(1): Sets information specific to the client or connection.",
                        ConnectionCommands::setInfo),
                connection(
                        "client|info",
                        2,
                        "6.2.0",
                        "O(1): Returns information about the connection.",
                        call -> Outcome.done(new Answer.Text(describe(call)))));
    }

    private static Outcome ping(Call call) {
        if (call.count() > 2) {
            throw new Refusal("ERR wrong number of arguments for 'ping' command");
        }
        return Outcome.done(call.count() == 2 ? new Answer.Bulk(call.arg(1)) : new Answer.Simple("PONG"));
    }

    private static Outcome replicaReads(Call call, boolean accepted) {
        call.session().replicaReads = accepted;
        return Outcome.done(Answer.OK);
    }

    /** {@code HELLO [protover [AUTH username password] [SETNAME clientname]]}. Changes nothing if any of it is wrong. */
    private static Outcome hello(Call call) {
        Session session = call.session();
        int protocol = session.protocol;
        String name = session.name;
        if (call.count() > 1) {
            protocol = protocol(call.arg(1));
        }
        for (int i = 2; i < call.count(); i++) {
            String option = call.word(i);
            if (option.equals("auth") && i + 2 < call.count()) {
                throw new Refusal(NO_PASSWORD);
            } else if (option.equals("setname") && i + 1 < call.count()) {
                i++;
                name = label(call.kept(i), "Client names cannot contain spaces, newlines or special characters.");
            } else {
                throw new Refusal("ERR Syntax error in HELLO option '" + call.quoted(i) + "'");
            }
        }
        session.protocol = protocol;
        session.name = name;
        return Outcome.done(Answer.pairs(
                "server",
                "kedge",
                "version",
                InfoCommands.REDIS_VERSION,
                "proto",
                protocol,
                "id",
                session.id,
                "mode",
                "cluster",
                "role",
                "master",
                "modules",
                Answer.NONE));
    }

    private static int protocol(Bytes arg) {
        long asked;
        try {
            asked = Call.integer(arg);
        } catch (Refusal notAnInteger) {
            throw new Refusal("ERR Protocol version is not an integer or out of range");
        }
        if (asked != 2 && asked != 3) {
            throw new Refusal("NOPROTO unsupported protocol version");
        }
        return (int) asked;
    }

    private static Outcome setInfo(Call call) {
        String attribute = call.word(2);
        switch (attribute) {
            case "lib-name" -> call.session().library = info(call, "lib-name");
            case "lib-ver" -> call.session().libraryVersion = info(call, "lib-ver");
            default -> throw new Refusal("ERR Unrecognized option '" + call.quoted(2) + "'");
        }
        return Outcome.done(Answer.OK);
    }

    private static String info(Call call, String attribute) {
        return label(call.kept(3), attribute + " cannot contain spaces, newlines or special characters.");
    }

    private static String label(Bytes text, String otherwise) {
        for (byte b : text.array()) {
            if (b < '!' || b > '~') {
                throw new Refusal("ERR " + otherwise);
            }
        }
        return text.toUtf8();
    }

    private static String describe(Call call) {
        Session session = call.session();
        long age = (System.nanoTime() - session.sinceNanos) / 1_000_000_000L;
        return "id=" + session.id + " addr=" + session.remoteAddress + " laddr=" + session.localAddress + " name="
                + session.name + " age=" + age + " flags=" + (session.replicaReads ? "r" : "N") + " resp="
                + session.protocol + " lib-name=" + session.library + " lib-ver=" + session.libraryVersion
                + " keyspace="
                + (session.keyspace == null ? "" : session.keyspace) + "\n";
    }

    private static Command connection(String name, int arity, String since, String about, Command.Handler handler) {
        return Command.of(name, arity, KeyArgs.NONE, ANYTIME, "connection", since, about, handler);
    }
}
