package dev.kedge.router;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** A socket that speaks RESP and answers each command as its script says. */
final class ScriptedWorker implements AutoCloseable {
    /** Answers instead of bytes: drop the connection, or stay silent. */
    static final String HANG_UP = "<hang up>";

    static final String SILENCE = "<silence>";

    private final ServerSocket server;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final List<List<String>> received = new CopyOnWriteArrayList<>();
    private volatile Function<List<String>, String> script = command -> "+OK";

    ScriptedWorker() throws IOException {
        this(0);
    }

    ScriptedWorker(int port) throws IOException {
        server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        Thread accept = new Thread(this::accept, "scripted-worker");
        accept.setDaemon(true);
        accept.start();
    }

    int port() {
        return server.getLocalPort();
    }

    /** @param answers the whole answer to a command as RESP, without the last line end */
    ScriptedWorker answering(Function<List<String>, String> answers) {
        script = answers;
        return this;
    }

    /** All commands but SELECT and PING. */
    List<List<String>> received() {
        return received.stream()
                .filter(c -> !c.get(0).equals("SELECT") && !c.get(0).equals("PING"))
                .toList();
    }

    List<List<String>> receivedWithSelect() {
        return List.copyOf(received);
    }

    void dropConnections() throws IOException {
        for (Socket socket : connections) {
            socket.close();
        }
        connections.clear();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                connections.add(socket);
                Thread serve = new Thread(() -> serve(socket), "scripted-worker-connection");
                serve.setDaemon(true);
                serve.start();
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            while (true) {
                List<String> command = readCommand(in);
                received.add(command);
                String answer = command.get(0).equals("SELECT")
                        ? "+OK"
                        : command.get(0).equals("PING") ? "+PONG" : script.apply(command);
                if (answer.equals(HANG_UP)) {
                    return;
                }
                if (!answer.equals(SILENCE)) {
                    socket.getOutputStream().write((answer + "\r\n").getBytes(StandardCharsets.UTF_8));
                }
            }
        } catch (EOFException e) {
            return; // the client left
        } catch (IOException e) {
            if (!socket.isClosed()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static List<String> readCommand(InputStream in) throws IOException {
        int count = Integer.parseInt(readLine(in).substring(1));
        List<String> words = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int length = Integer.parseInt(readLine(in).substring(1));
            words.add(new String(in.readNBytes(length), StandardCharsets.UTF_8));
            readLine(in);
        }
        return words;
    }

    private static String readLine(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException();
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        server.close();
        dropConnections();
    }
}
