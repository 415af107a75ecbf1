package dev.kedge.worker.resp;

import dev.kedge.worker.runtime.ClientFrontend;
import dev.kedge.worker.runtime.ShardDirectory;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.redis.FixedRedisMessagePool;
import io.netty.handler.codec.redis.RedisDecoder;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a worker's shards to Redis clients. Before the directory knows a keyspace, requests for keys are answered {@code
 * -CLUSTERDOWN}. Thread-safe; used once.
 */
public final class RespServer implements ClientFrontend {
    private static final Logger LOG = LoggerFactory.getLogger(RespServer.class);
    private static final int MAX_INLINE_BYTES = 64 << 10;
    private static final int FINISH_MILLIS = 2000;
    private static final String TOO_MANY = "-ERR max number of clients reached\r\n";

    private final RespSettings settings;
    private final ByteBufAllocator buffers;
    private final ServerStats stats = new ServerStats();
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private @Nullable EventLoopGroup loops;
    private @Nullable Channel listener;

    public RespServer(RespSettings settings) {
        this(settings, ByteBufAllocator.DEFAULT);
    }

    RespServer(RespSettings settings, ByteBufAllocator buffers) {
        this.settings = settings;
        this.buffers = buffers;
    }

    @Override
    public synchronized int start(ShardDirectory shards) throws IOException {
        if (loops != null) {
            throw new IllegalStateException("this server was started before");
        }
        boolean epoll = Epoll.isAvailable();
        Front front = new Front(settings, shards, CommandTable.create(), stats, epoll ? "epoll" : "nio");
        IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        loops = new MultiThreadIoEventLoopGroup(
                settings.ioThreads(), new DefaultThreadFactory("resp-" + settings.workerId(), true), io);
        ChannelFuture bound = new ServerBootstrap()
                .group(loops)
                .channel(epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childOption(ChannelOption.ALLOCATOR, buffers)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new ReceiveBuffers(settings.limits().maxHeldReplyBytes() / 2, stats.connections::get))
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(64 << 10, 256 << 10))
                .childHandler(new Accept(front))
                .bind(settings.host(), settings.port())
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            close();
            throw new IOException(
                    "cannot listen on " + settings.host() + ":" + settings.port() + ": "
                            + bound.cause().getMessage(),
                    bound.cause());
        }
        listener = bound.channel();
        int port = ((InetSocketAddress) bound.channel().localAddress()).getPort();
        front.boundTo(port);
        LOG.info("Worker {} serves RESP on {}:{} ({})", settings.workerId(), settings.host(), port, front.transport());
        return port;
    }

    /** Connections open now. */
    public int connections() {
        return stats.connections.get();
    }

    /** Requests taken since the start. */
    public long commands() {
        return stats.commands.sum();
    }

    /**
     * Stops listening, answers the requests in flight for up to two seconds, and closes all connections. Replies that come later
     * are dropped.
     */
    @Override
    public synchronized void close() {
        if (listener != null) {
            listener.close().awaitUninterruptibly();
            connections.forEach(channel -> {
                Connection connection = channel.pipeline().get(Connection.class);
                if (connection != null) {
                    connection.finish();
                }
            });
            connections.newCloseFuture().awaitUninterruptibly(FINISH_MILLIS);
            connections.close().awaitUninterruptibly();
            listener = null;
        }
        if (loops != null) {
            loops.shutdownGracefully(0, FINISH_MILLIS, TimeUnit.MILLISECONDS).awaitUninterruptibly();
        }
    }

    private final class Accept extends ChannelInitializer<Channel> {
        private final Front front;

        Accept(Front front) {
            this.front = front;
        }

        @Override
        protected void initChannel(Channel channel) {
            long id = stats.connectionsReceived.incrementAndGet();
            if (stats.connections.incrementAndGet() > settings.maxConnections()) {
                stats.connections.decrementAndGet();
                stats.connectionsRejected.increment();
                LingeringClose.close(channel, Unpooled.copiedBuffer(TOO_MANY, StandardCharsets.US_ASCII));
                return;
            }
            channel.closeFuture().addListener(closed -> stats.connections.decrementAndGet());
            connections.add(channel);
            Session session = new Session(id, address(channel.remoteAddress()), address(channel.localAddress()));
            channel.pipeline()
                    .addLast(
                            new CountBytes(),
                            new LineFeeds(),
                            new RedisDecoder(MAX_INLINE_BYTES, FixedRedisMessagePool.INSTANCE, true),
                            new RequestAssembler(settings.limits()),
                            new Connection(front, channel, session));
        }

        private static String address(SocketAddress address) {
            return address instanceof InetSocketAddress inet
                    ? inet.getAddress().getHostAddress() + ":" + inet.getPort()
                    : String.valueOf(address);
        }
    }

    private final class CountBytes extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            stats.bytesIn.add(((ByteBuf) message).readableBytes());
            ctx.fireChannelRead(message);
        }
    }
}
