package dev.kedge.worker.resp;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A client that sends exactly the bytes given. Replies: String, Err, Long, null, List, Set, Map. */
final class RawClient implements AutoCloseable {
    final Socket socket = new Socket();
    private final InputStream in;
    private final OutputStream out;

    record Err(String text) {}

    record Bulk(String text) {}

    RawClient(int port) {
        try {
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            socket.setSoTimeout(20_000);
            in = new BufferedInputStream(socket.getInputStream());
            out = socket.getOutputStream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One command as an array of bulk strings, and its reply. Bulk strings come back as String. */
    Object ask(String... args) {
        send(args);
        return plain(reply());
    }

    /** The reply exactly: bulk and simple strings told apart. */
    Object askExactly(String... args) {
        send(args);
        return reply();
    }

    void send(String... args) {
        raw(command(args));
    }

    static byte[] command(String... args) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(("*" + args.length + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        for (String arg : args) {
            byte[] utf8 = arg.getBytes(StandardCharsets.UTF_8);
            bytes.writeBytes(("$" + utf8.length + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            bytes.writeBytes(utf8);
            bytes.writeBytes(new byte[] {'\r', '\n'});
        }
        return bytes.toByteArray();
    }

    void raw(String text) {
        raw(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    void raw(byte[] bytes) {
        try {
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the server has closed the connection, once everything it sent is read. */
    boolean closed() {
        try {
            return in.read() < 0;
        } catch (IOException e) {
            return e.getMessage().contains("reset");
        }
    }

    void shutdownOutput() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Object plain(Object reply) {
        return switch (reply) {
            case null -> null;
            case Bulk bulk -> bulk.text;
            case List<?> list -> {
                List<Object> plain = new ArrayList<>();
                list.forEach(each -> plain.add(plain(each)));
                yield plain;
            }
            case Set<?> set -> {
                Set<Object> plain = new LinkedHashSet<>();
                set.forEach(each -> plain.add(plain(each)));
                yield plain;
            }
            case Map<?, ?> map -> {
                Map<Object, Object> plain = new LinkedHashMap<>();
                map.forEach((key, value) -> plain.put(plain(key), plain(value)));
                yield plain;
            }
            default -> reply;
        };
    }

    Object reply() {
        try {
            int type = in.read();
            if (type < 0) {
                throw new EOFException("the server closed the connection");
            }
            String line = line();
            return switch (type) {
                case '+' -> line;
                case '-' -> new Err(line);
                case ':' -> Long.valueOf(line);
                case '_' -> null;
                case '$' -> bulk(Integer.parseInt(line));
                case '=' -> new Bulk(((Bulk) bulk(Integer.parseInt(line))).text.substring(4));
                case '*' -> {
                    List<Object> all = new ArrayList<>();
                    for (int i = Integer.parseInt(line); i > 0; i--) {
                        all.add(reply());
                    }
                    yield all;
                }
                case '~' -> {
                    Set<Object> all = new LinkedHashSet<>();
                    for (int i = Integer.parseInt(line); i > 0; i--) {
                        all.add(reply());
                    }
                    yield all;
                }
                case '%' -> {
                    Map<Object, Object> all = new LinkedHashMap<>();
                    for (int i = Integer.parseInt(line); i > 0; i--) {
                        all.put(reply(), reply());
                    }
                    yield all;
                }
                default -> throw new IOException("no RESP: " + (char) type + line);
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Object bulk(int length) throws IOException {
        if (length < 0) {
            return null;
        }
        byte[] bytes = in.readNBytes(length);
        in.readNBytes(2);
        return new Bulk(new String(bytes, StandardCharsets.UTF_8));
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\r'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the server closed the connection within a line: " + line);
            }
            line.write(b);
        }
        in.readNBytes(1);
        return line.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
