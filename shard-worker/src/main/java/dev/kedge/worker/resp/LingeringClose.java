package dev.kedge.worker.resp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection so that the client gets to read the last reply. Closing a socket with unread input resets the
 * connection, and the reset can overtake the reply; so this ends the output only, drops what still comes, and closes when the
 * client does or a second has passed.
 */
@SuppressWarnings("FutureReturnValueIgnored") // of closing: there is nothing to do about a close that fails
final class LingeringClose extends ChannelInboundHandlerAdapter {
    private static final int MAX_SECONDS = 1;

    private LingeringClose() {}

    /** Closes once everything written so far and {@code last} are sent. To be called on the channel's event loop. */
    static void close(Channel channel, ByteBuf last) {
        channel.writeAndFlush(last).addListener((ChannelFutureListener) sent -> {
            if (!sent.isSuccess() || !(channel instanceof DuplexChannel duplex)) {
                channel.close();
                return;
            }
            channel.pipeline().addFirst(new LingeringClose());
            duplex.shutdownOutput().addListener((ChannelFutureListener) shut -> {
                if (!shut.isSuccess()) {
                    channel.close();
                }
            });
            channel.config().setAutoRead(true);
            channel.eventLoop().schedule(() -> channel.close(), MAX_SECONDS, TimeUnit.SECONDS);
        });
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            ctx.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close(); // the client reset the connection instead of closing it: there is nothing left to save
    }
}
