package dev.kedge.kafka;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Forwards TCP connections to one port from another, and can be told to misbehave as networks do. Loopback only.
 *
 * <p>Thread-safe. What was forwarded before a call of {@link #cut}, {@link #hang} or {@link #delay} may still arrive after it.
 */
public final class LoopbackProxy implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 * 1024;

    private enum Mode {
        PASSING,
        HANGING,
        CUT,
        CLOSED
    }

    private final String name;
    private final int targetPort;
    private final ServerSocket server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private Mode mode = Mode.PASSING;
    private long delayNanos;

    /** Listens on {@code port} from now on. */
    public LoopbackProxy(String name, int port, int targetPort) {
        this.name = name;
        this.targetPort = targetPort;
        try {
            server = new ServerSocket();
            server.setReuseAddress(true);
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot listen on port " + port + " for " + name, e);
        }
        daemon("accept", this::accept);
    }

    /** Forwards as if nothing were wrong; what hung is delivered now, late. */
    public void heal() {
        change(Mode.PASSING, 0);
    }

    /** Closes all connections, and new ones as soon as they come. */
    public void cut() {
        change(Mode.CUT, 0);
        reset();
    }

    /** Connections stay and come, and nothing goes through them: to both sides the other seems slow, not dead. */
    public void hang() {
        change(Mode.HANGING, 0);
    }

    /** Each bunch of bytes takes this much longer, each way. */
    public void delay(Duration oneWay) {
        change(Mode.PASSING, oneWay.toNanos());
    }

    private void change(Mode next, long delay) {
        lock.lock();
        try {
            if (mode != Mode.CLOSED) {
                mode = next;
                delayNanos = delay;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                daemon("connect", () -> connect(client));
            }
        } catch (IOException e) {
            // Closed: there is no other end to it.
            reset();
        }
    }

    private void connect(Socket client) {
        Socket target = new Socket();
        sockets.add(client);
        sockets.add(target);
        try {
            if (!mayPass()) {
                drop(client, target);
                return;
            }
            target.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort));
            client.setTcpNoDelay(true);
            target.setTcpNoDelay(true);
            daemon("up", () -> pump(client, target));
            pump(target, client);
        } catch (IOException e) {
            // The node is down, or one of the sides has gone: the other side is to see the same.
            drop(client, target);
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0 && mayPass(); read = in.read(buffer)) {
                out.write(buffer, 0, read);
            }
        } catch (IOException e) {
            // One of the sides has gone; both go.
        } finally {
            drop(from, to);
        }
    }

    /** Returns when bytes may go on, false if they never may. */
    private boolean mayPass() {
        lock.lock();
        try {
            long left = delayNanos;
            while (mode == Mode.HANGING || (mode == Mode.PASSING && left > 0)) {
                if (mode == Mode.HANGING) {
                    changed.await();
                } else {
                    left = changed.awaitNanos(left);
                }
            }
            return mode == Mode.PASSING;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void reset() {
        sockets.forEach(this::drop);
    }

    private void drop(Socket one, Socket other) {
        drop(one);
        drop(other);
    }

    private void drop(Socket socket) {
        sockets.remove(socket);
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close a connection of " + name, e);
        }
    }

    private void daemon(String role, Runnable task) {
        Thread thread = new Thread(task, name + "-" + role);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        change(Mode.CLOSED, 0);
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close the proxy " + name, e);
        }
        reset();
    }
}
