package dev.kedge.worker.resp;

import dev.kedge.worker.engine.Reply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: runs its requests in order, writes the replies in order, and stops reading whenever one of the
 * queues behind it is full: requests in flight, a shard over its admission limit, or replies the client does not take. So at
 * most one receive buffer's worth of requests ever waits here.
 *
 * <p>Everything happens on the channel's event loop, except {@link #wake} and {@link #moved}, which shards' loops call.
 */
@SuppressWarnings(
        "FutureReturnValueIgnored") // void promises report failures to exceptionCaught; turn() reports its own
final class Connection extends ChannelInboundHandlerAdapter implements Pending.Loop {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final int WRITE_CHUNK = 64 << 10;
    private static final int FIRST_RETRY_MILLIS = 1;
    private static final int LAST_RETRY_MILLIS = 16;

    private final Front front;
    private final Channel channel;
    private final Session session;
    private final Flights flights;
    private final ArrayDeque<Inbound> backlog = new ArrayDeque<>();
    private final AtomicBoolean woken = new AtomicBoolean();

    /** The outcome of a request that has run but has to wait for others in flight. */
    private @Nullable Waiting waiting;

    private boolean inputClosed;

    /** No request is taken any more; when the replies owed are written, the connection ends. */
    private boolean leaving;

    private boolean left;
    private boolean inTurn;
    private boolean retryScheduled;
    private int retryMillis = FIRST_RETRY_MILLIS;

    private record Waiting(Outcome outcome, long receivedNanos) {}

    Connection(Front front, Channel channel, Session session) {
        this.front = front;
        this.channel = channel;
        this.session = session;
        this.flights = new Flights(front, this);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (leaving || left) {
            return;
        }
        backlog.add((Inbound) message);
        if (backlog.size() == front.settings().limits().maxPipelined()) {
            channel.config().setAutoRead(false); // ends this round of reading; turn() allows the next
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        turn();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        turn();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            inputClosed = true; // the client may still want its replies
            turn();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        left = true;
        backlog.clear();
        waiting = null;
        flights.clear();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            LOG.debug("Connection {} from {} broke off: {}", session.id, session.remoteAddress, cause.toString());
        } else {
            LOG.error("Connection {} from {} failed and is closed", session.id, session.remoteAddress, cause);
        }
        ctx.close();
    }

    @Override
    public void wake() {
        if (!woken.getAndSet(true)) {
            inLoop(() -> {
                woken.set(false);
                turn();
            });
        }
    }

    @Override
    public void moved(Pending.Flight flight, Reply.Moved moved) {
        inLoop(() -> {
            if (!left) {
                flights.moved(flight, moved);
                turn();
            }
        });
    }

    /** Takes no more requests, answers those in flight, then closes. */
    void finish() {
        inLoop(() -> {
            backlog.clear();
            waiting = null;
            leaving = true;
            turn();
        });
    }

    private void inLoop(Runnable task) {
        try {
            channel.eventLoop().execute(task);
        } catch (RejectedExecutionException e) {
            // The server was closed, all connections with it: nobody waits for this.
            LOG.debug("A reply for connection {} came after the server was closed", session.id, e);
        }
    }

    /** Writes what can be written, runs what can be run, until neither goes on; then decides whether to read. */
    private void turn() {
        if (inTurn || left) {
            return;
        }
        inTurn = true;
        try {
            do {
                writeReplies();
            } while (runRequests());
            if (channel.isActive()) {
                readOrLeave();
            }
        } catch (RuntimeException e) {
            LOG.error("Connection {} from {} failed and is closed", session.id, session.remoteAddress, e);
            channel.close();
        } finally {
            inTurn = false;
        }
    }

    private void writeReplies() {
        while (channel.isWritable()) {
            ByteBuf out = null;
            Pending next = flights.poll();
            while (next != null) {
                out = out == null ? channel.alloc().buffer() : out;
                write(out, next);
                next = out.readableBytes() < WRITE_CHUNK ? flights.poll() : null;
            }
            if (out == null) {
                return;
            }
            front.stats().bytesOut.add(out.readableBytes());
            channel.writeAndFlush(out, channel.voidPromise());
        }
    }

    private void write(ByteBuf out, Pending next) {
        Answer answer = next.answer();
        if (answer instanceof Answer.Failure error) {
            front.stats().errors.increment();
            if (error.text().startsWith("MOVED")) {
                front.stats().moved.increment();
            }
        }
        int before = out.writerIndex();
        RespWriter.write(out, Objects.requireNonNull(answer), next.protocol());
        flights.written(next, out.writerIndex() - before);
    }

    /** Returns whether any request was run. */
    private boolean runRequests() {
        if (!flights.submitOwed()) {
            retryLater();
            return false;
        }
        retryMillis = FIRST_RETRY_MILLIS;
        boolean ran = false;
        while (flights.hasRoom() && !flights.owes() && (waiting != null || !backlog.isEmpty())) {
            Waiting request = waiting == null ? run(backlog.remove()) : waiting;
            if (!flights.start(request.outcome, session, request.receivedNanos)) {
                waiting = request;
                return ran;
            }
            waiting = null;
            ran = true;
            if (request.outcome instanceof Outcome.Last) {
                leaving = true;
                backlog.clear();
            } else if (request.outcome instanceof Outcome.HangUp) {
                channel.close();
                return false;
            }
        }
        return ran;
    }

    private Waiting run(Inbound inbound) {
        return switch (inbound) {
            case Inbound.Args request -> {
                front.stats().commands.increment();
                Call call =
                        new Call(front, session, request.args(), front.shards().routing());
                yield new Waiting(front.table().run(call), request.receivedNanos());
            }
            case Inbound.Refused refused -> new Waiting(Outcome.done(new Answer.Failure(refused.error())), 0);
            case Inbound.Broken broken -> {
                front.stats().protocolErrors.increment();
                yield new Waiting(new Outcome.Last(new Answer.Failure(broken.error())), 0);
            }
        };
    }

    /** A shard over its limit does not call when it has room: ask again, soon at first. */
    private void retryLater() {
        if (!retryScheduled) {
            retryScheduled = true;
            channel.eventLoop()
                    .schedule(
                            () -> {
                                retryScheduled = false;
                                turn();
                            },
                            retryMillis,
                            TimeUnit.MILLISECONDS);
            retryMillis = Math.min(2 * retryMillis, LAST_RETRY_MILLIS);
        }
    }

    private void readOrLeave() {
        boolean idle = backlog.isEmpty() && waiting == null;
        if (idle && flights.isEmpty() && (leaving || inputClosed)) {
            left = true;
            if (inputClosed) {
                channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
            } else {
                LingeringClose.close(channel, Unpooled.EMPTY_BUFFER);
            }
            return;
        }
        channel.config().setAutoRead(idle && !leaving && channel.isWritable());
    }
}
