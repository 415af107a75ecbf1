package dev.kedge.system;

import dev.kedge.schemas.routing.RoutingRecord.WorkerRoute;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Asks one worker for every key, whatever the routing map says and whatever it is told: who has been deposed there must not do what it is asked.
 * Each thread has a connection of its own, made anew after each answer that did not come in time.
 */
final class StubbornKeys implements Keys, AutoCloseable {
    /** Shorter than a worker parks a request: what it was asked in vain is still with it when it may answer again. */
    private static final int PATIENCE_MILLIS = 1_000;

    private final WorkerRoute worker;
    private final Map<Thread, Jedis> connections = new ConcurrentHashMap<>();

    StubbornKeys(WorkerRoute worker) {
        this.worker = worker;
    }

    private <T> T ask(Function<Jedis, T> operation) {
        Jedis jedis = connections.computeIfAbsent(Thread.currentThread(), thread -> connect());
        try {
            return operation.apply(jedis);
        } catch (JedisConnectionException e) {
            connections.remove(Thread.currentThread());
            jedis.close();
            throw e;
        } catch (JedisDataException e) {
            String error = String.valueOf(e.getMessage());
            if (error.startsWith("INDETERMINATE")) {
                throw e;
            }
            throw new Refused(error);
        }
    }

    private Jedis connect() {
        try {
            Jedis jedis = new Jedis(worker.host(), worker.port(), PATIENCE_MILLIS);
            jedis.connect();
            return jedis;
        } catch (JedisConnectionException e) {
            throw new Refused("not reached: " + e.getMessage());
        }
    }

    @Override
    public @Nullable String get(String key) {
        return ask(jedis -> jedis.get(key));
    }

    @Override
    public void set(String key, String value) {
        ask(jedis -> jedis.set(key, value));
    }

    @Override
    public boolean del(String key) {
        return ask(jedis -> jedis.del(key)) == 1;
    }

    @Override
    public long incr(String key) {
        return ask(jedis -> jedis.incr(key));
    }

    /** When nobody asks any more. */
    @Override
    public void close() {
        connections.values().forEach(Jedis::close);
    }
}
