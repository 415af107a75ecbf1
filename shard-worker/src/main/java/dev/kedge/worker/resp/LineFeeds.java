package dev.kedge.worker.resp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Lets a bare line feed end an inline command, as Redis does ({@code echo PING | nc host port}); Netty's decoder wants a
 * carriage return before it. Inline commands carry no payload, so up to the first request that is an array every line is a
 * request, and a missing carriage return can be put in. At the first array this handler leaves the pipeline.
 */
final class LineFeeds extends ChannelInboundHandlerAdapter {
    private boolean atLineStart = true;
    private byte last;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        byte before = last;
        int bare = 0;
        boolean array = false;
        int end = in.readerIndex();
        for (; end < in.writerIndex(); end++) {
            byte b = in.getByte(end);
            if (atLineStart && b == '*') {
                array = true;
                break;
            }
            if (b == '\n' && last != '\r') {
                bare++;
            }
            atLineStart = b == '\n';
            last = b;
        }
        ByteBuf out = bare == 0 ? in : withReturns(ctx, in, end, bare, before);
        if (array) {
            ctx.pipeline().remove(this);
        }
        ctx.fireChannelRead(out);
    }

    /** Copies {@code in}, putting a carriage return before every bare line feed up to {@code end}. Releases {@code in}. */
    private static ByteBuf withReturns(ChannelHandlerContext ctx, ByteBuf in, int end, int bare, byte last) {
        ByteBuf out = ctx.alloc().buffer(in.readableBytes() + bare);
        byte before = last;
        while (in.readerIndex() < end) {
            byte b = in.readByte();
            if (b == '\n' && before != '\r') {
                out.writeByte('\r');
            }
            out.writeByte(b);
            before = b;
        }
        out.writeBytes(in);
        in.release();
        return out;
    }
}
