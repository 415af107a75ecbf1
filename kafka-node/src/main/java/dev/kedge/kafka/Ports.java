package dev.kedge.kafka;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** Chooses free ports. */
public final class Ports {
    /**
     * Below the range that operating systems hand out for outgoing connections (32768 and up on Linux, 49152 elsewhere): a port from
     * that range could be taken by anybody's connection while a node is between kill and restart.
     */
    private static final int LOWEST = 15_000;

    private static final int HIGHEST = 32_000;
    private static final int TRIES = 1_000;

    private Ports() {}

    /** Distinct ports that nobody listens on right now. */
    public static int[] free(int count) {
        Set<Integer> chosen = new HashSet<>();
        for (int i = 0; i < TRIES && chosen.size() < count; i++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
            if (!chosen.contains(port) && isFree(port)) {
                chosen.add(port);
            }
        }
        if (chosen.size() < count) {
            throw new IllegalStateException("no " + count + " free ports between " + LOWEST + " and " + HIGHEST + " on "
                    + NodeSettings.HOST + ": is something listening on all of them?");
        }
        return chosen.stream().mapToInt(Integer::intValue).toArray();
    }

    static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            // As Kafka's own sockets do: the remains of a closed connection don't make a port taken.
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (BindException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot ask whether port " + port + " is free", e);
        }
    }
}
