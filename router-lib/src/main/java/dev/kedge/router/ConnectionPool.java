package dev.kedge.router;

import dev.kedge.model.Bytes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.commands.ProtocolCommand;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Connections to one worker for one keyspace, each having selected it when it was made. Bounded; thread-safe.
 *
 * <p>A broken connection casts doubt on all idle ones (the worker was probably restarted): they are closed, so that no write is sent
 * into a connection that is known to be suspect and ends with an unknown outcome for nothing.
 */
final class ConnectionPool implements AutoCloseable {
    private final Endpoint endpoint;
    private final String keyspace;
    private final boolean stale;
    private final ClientSettings settings;
    private final Semaphore permits;
    private final ConcurrentLinkedDeque<Idle> idle = new ConcurrentLinkedDeque<>();
    private final AtomicInteger generation = new AtomicInteger();
    private volatile boolean closed;

    private record Idle(Connection connection, int generation, long sinceNanos) {}

    /** @param stale each connection says that it takes answers of bounded age, from read replicas */
    ConnectionPool(Endpoint endpoint, String keyspace, boolean stale, ClientSettings settings) {
        this.endpoint = endpoint;
        this.keyspace = keyspace;
        this.stale = stale;
        this.settings = settings;
        this.permits = new Semaphore(settings.connectionsPerEndpoint());
    }

    /** Sends one request and waits for its answer, {@code limit} at most. */
    Answer send(ProtocolCommand command, List<Bytes> arguments, Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        if (!permits.tryAcquire(limit.toNanos(), TimeUnit.NANOSECONDS)) {
            return new Answer.Again(
                    "all " + settings.connectionsPerEndpoint() + " connections to " + endpoint + " were busy", null);
        }
        Connection connection = null;
        boolean reusable = false;
        int born = generation.get();
        try {
            try {
                connection = borrow();
            } catch (JedisException e) {
                return new Answer.Again("no connection to " + endpoint + ": " + e.getMessage(), e);
            } catch (NotReadyException e) {
                return new Answer.Again(String.valueOf(e.getMessage()), e);
            }
            long left = Math.min(settings.requestTimeout().toMillis(), (deadline - System.nanoTime()) / 1_000_000);
            if (left <= 0) {
                reusable = true;
                return new Answer.Again("the time was over before the request could be sent to " + endpoint, null);
            }
            Answer answer = exchange(connection, command, arguments, (int) left);
            reusable = !connection.isBroken();
            return answer;
        } finally {
            if (connection != null) {
                giveBack(connection, born, reusable);
            }
            permits.release();
        }
    }

    /** From the first byte sent on, a failure leaves the outcome open. */
    private Answer exchange(Connection connection, ProtocolCommand command, List<Bytes> arguments, int timeoutMillis) {
        byte[][] args = new byte[arguments.size()][];
        for (int i = 0; i < args.length; i++) {
            args[i] = arguments.get(i).array();
        }
        try {
            connection.setSoTimeout(timeoutMillis);
        } catch (JedisConnectionException e) {
            return new Answer.Again("the connection to " + endpoint + " was closed: " + e.getMessage(), e);
        }
        try {
            connection.sendCommand(command, args);
            return new Answer.Done(connection.getOne());
        } catch (JedisDataException e) {
            return errorReply(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) { // JedisException, or whatever an answer that is not RESP makes of the parser
            connection.setBroken();
            return new Answer.Unknown(
                    "the connection to " + endpoint + " failed or gave no answer in time (" + e.getMessage() + ")", e);
        }
    }

    private Answer errorReply(String message) {
        int space = message.indexOf(' ');
        String code = (space < 0 ? message : message.substring(0, space)).toUpperCase(Locale.ROOT);
        return switch (code) {
            case "MOVED" -> new Answer.Moved(movedTo(message));
            case "TRYAGAIN", "CLUSTERDOWN", "LOADING" -> new Answer.Again(endpoint + " answered: " + message, null);
            case "CROSSSLOT" -> new Answer.CrossSlot();
            case "INDETERMINATE" -> new Answer.Unknown(endpoint + " answered: " + message, null);
            default -> new Answer.Refused(message);
        };
    }

    /** {@code MOVED <slot> <host>:<port>}; an empty host is the host asked, as in Redis Cluster. */
    private @Nullable Endpoint movedTo(String message) {
        String[] words = message.split(" ", -1);
        if (words.length < 3) {
            return null;
        }
        int colon = words[2].lastIndexOf(':');
        try {
            String host = colon <= 0 ? endpoint.host() : words[2].substring(0, colon);
            int port = Integer.parseInt(words[2].substring(colon + 1));
            return port > 0 && port < 65536 ? new Endpoint(host, port) : null;
        } catch (NumberFormatException e) {
            return null; // the routing map will tell
        }
    }

    private Connection borrow() {
        for (Idle found = idle.pollFirst(); found != null; found = idle.pollFirst()) {
            if (found.generation == generation.get() && !found.connection.isBroken() && answers(found)) {
                return found.connection;
            }
            disconnect(found.connection);
        }
        return connect();
    }

    private boolean answers(Idle found) {
        if (System.nanoTime() - found.sinceNanos < settings.checkAfterIdle().toNanos()) {
            return true;
        }
        try {
            found.connection.setSoTimeout((int) settings.connectTimeout().toMillis());
            return found.connection.ping();
        } catch (JedisException e) {
            suspectAll();
            return false;
        }
    }

    private Connection connect() {
        int timeout = (int) settings.connectTimeout().toMillis();
        Connection connection = new Connection(
                new HostAndPort(endpoint.host(), endpoint.port()),
                DefaultJedisClientConfig.builder()
                        .connectionTimeoutMillis(timeout)
                        .socketTimeoutMillis(timeout)
                        .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
                        .build());
        try {
            connection.sendCommand(Protocol.Command.SELECT, keyspace.getBytes(StandardCharsets.UTF_8));
            connection.getOne();
            if (stale) {
                connection.sendCommand(Protocol.Command.READONLY);
                connection.getOne();
            }
            return connection;
        } catch (JedisDataException e) {
            disconnect(connection);
            throw new NotReadyException(
                    endpoint + " does not serve the keyspace '" + keyspace + "' now: " + e.getMessage(), e);
        } catch (JedisException e) {
            disconnect(connection);
            throw e;
        }
    }

    private void giveBack(Connection connection, int born, boolean reusable) {
        if (reusable && !closed && born == generation.get()) {
            idle.addFirst(new Idle(connection, born, System.nanoTime()));
            if (closed) {
                close();
            }
            return;
        }
        disconnect(connection);
        if (!reusable) {
            suspectAll();
        }
    }

    private void suspectAll() {
        generation.incrementAndGet();
        for (Idle left = idle.pollFirst(); left != null; left = idle.pollFirst()) {
            disconnect(left.connection);
        }
    }

    private static void disconnect(Connection connection) {
        connection.setBroken();
        try {
            connection.disconnect();
        } catch (JedisException e) {
            // it is closed either way, and its outcome was told already
        }
    }

    @Override
    public void close() {
        closed = true;
        suspectAll();
    }

    /** The worker answered, but does not know the keyspace yet. */
    private static final class NotReadyException extends KedgeException {
        NotReadyException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
