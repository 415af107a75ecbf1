package dev.kedge.worker.resp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.worker.resp.RespSettings.Limits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Bytes at random, and requests with a few bytes changed. The server must answer or close, never crash, and leak no buffer (which
 * {@link OneWorker} checks when it is closed).
 */
class FuzzTest {
    private static final long SEED = Long.getLong("kedge.fuzz.seed", System.nanoTime());
    private static final String[] COMMANDS = {
        "GET",
        "SET",
        "MSET",
        "MGET",
        "DEL",
        "INCRBY",
        "APPEND",
        "SCAN",
        "COMMAND",
        "CLIENT",
        "HELLO",
        "CLUSTER",
        "SELECT",
        "INFO",
        "QUIT",
        "DBSIZE",
        "CONFIG",
        "READONLY",
        "EXISTS"
    };
    private static final String[] ARGS = {
        "k",
        "{k}1",
        "",
        "0",
        "-1",
        "3",
        "9223372036854775807",
        "NX",
        "GET",
        "IFEQ",
        "COUNT",
        "MATCH",
        "*[",
        "SETNAME",
        "GETKEYS",
        "KEYSLOT",
        "INFO",
        "ordered",
        "default",
        "x\r\ny"
    };

    @Test
    void no_bytes_crash_the_server() throws IOException {
        Random random = new Random(SEED);
        try (OneWorker worker = new OneWorker(new Limits(50, 200, 1000, 8, 16, 1 << 16, 1 << 30))) {
            for (int round = 0; round < 400; round++) {
                try (RawClient client = worker.connect()) {
                    client.socket.setSoTimeout(5000);
                    client.raw(random.nextInt(4) == 0 ? noise(random) : requests(random));
                    client.shutdownOutput();
                    drain(client);
                } catch (RuntimeException e) {
                    assertThat(e).as("seed %d, round %d", SEED, round).hasMessageMatching(".*(reset|Broken pipe).*");
                }
            }
            try (RawClient client = worker.connect()) {
                assertThat(client.ask("PING")).as("seed %d", SEED).isEqualTo("PONG");
            }
        }
    }

    /** Everything up to the end of the stream must be RESP. */
    private static void drain(RawClient client) {
        while (true) {
            try {
                client.reply();
            } catch (UncheckedIOException e) {
                if (e.getCause() instanceof EOFException) {
                    return;
                }
                throw e;
            }
        }
    }

    private static byte[] noise(Random random) {
        byte[] bytes = new byte[random.nextInt(3000)];
        random.nextBytes(bytes);
        if (bytes.length > 0 && random.nextBoolean()) {
            bytes[0] = '*';
        }
        return bytes;
    }

    private static byte[] requests(Random random) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int n = random.nextInt(30); n >= 0; n--) {
            String[] args = new String[1 + random.nextInt(6)];
            args[0] = COMMANDS[random.nextInt(COMMANDS.length)];
            for (int i = 1; i < args.length; i++) {
                args[i] =
                        random.nextInt(20) == 0 ? "x".repeat(random.nextInt(2000)) : ARGS[random.nextInt(ARGS.length)];
            }
            if (random.nextInt(5) == 0) {
                all.writeBytes((String.join(" ", args) + "\n").getBytes(StandardCharsets.UTF_8));
            } else {
                all.writeBytes(RawClient.command(args));
            }
        }
        byte[] bytes = all.toByteArray();
        if (random.nextBoolean()) {
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) "*$\r\n:+-0123456789 \"'\\x".charAt(random.nextInt(22));
            }
        }
        return bytes;
    }

    @Test
    void the_line_feed_filter_changes_no_array() {
        Random random = new Random(SEED);
        for (int round = 0; round < 200; round++) {
            byte[] requests = RawClient.command("ECHO", "a\nb\r\n" + random.nextInt(1000) + "\n");
            ByteArrayOutputStream sent = new ByteArrayOutputStream();
            sent.writeBytes("PING\nPING\r\n".getBytes(StandardCharsets.US_ASCII));
            sent.writeBytes(requests);
            var channel = new EmbeddedChannel(new LineFeeds());
            ByteBuf in = Unpooled.wrappedBuffer(sent.toByteArray());
            while (in.isReadable()) {
                channel.writeInbound(in.readRetainedSlice(1 + random.nextInt(in.readableBytes())));
            }
            in.release();
            ByteBuf out = Unpooled.buffer();
            for (ByteBuf part = channel.readInbound(); part != null; part = channel.readInbound()) {
                out.writeBytes(part);
                part.release();
            }
            assertThat(out.toString(StandardCharsets.ISO_8859_1))
                    .as("seed %d, round %d", SEED, round)
                    .isEqualTo("PING\r\nPING\r\n" + new String(requests, StandardCharsets.ISO_8859_1));
        }
    }
}
