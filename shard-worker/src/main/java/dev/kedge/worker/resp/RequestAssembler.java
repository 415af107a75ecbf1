package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import dev.kedge.worker.resp.RespSettings.Limits;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.redis.ArrayHeaderRedisMessage;
import io.netty.handler.codec.redis.BulkStringHeaderRedisMessage;
import io.netty.handler.codec.redis.BulkStringRedisContent;
import io.netty.handler.codec.redis.FullBulkStringRedisMessage;
import io.netty.handler.codec.redis.InlineCommandRedisMessage;
import io.netty.handler.codec.redis.LastBulkStringRedisContent;
import io.netty.handler.codec.redis.RedisCodecException;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes whole requests of the parts Netty's {@code RedisDecoder} yields, and holds the limits. Netty's own aggregators buffer
 * first and limit afterwards, or not at all; here a header over a limit is refused before its content is kept, and the content
 * is then read past, so that the next request is intact.
 */
final class RequestAssembler extends ChannelInboundHandlerAdapter {
    /** Most arguments and bytes of a refused request that are read past; beyond, the connection is closed. */
    private static final int MAX_SKIPPED_ARGS = 1 << 20;

    private static final int MAX_SKIPPED_BYTES = 64 << 20;
    private static final int FIRST_BUFFER = 16 << 10;

    private final Limits limits;
    private boolean broken;

    /** Arguments of the current request still to come; 0 between requests. */
    private int missing;

    private List<Bytes> args = List.of();
    private long requestBytes;
    private byte[] arg = new byte[0];
    private int argLength;
    private int argFilled;
    private @Nullable String refusal;

    RequestAssembler(Limits limits) {
        this.limits = limits;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        try {
            if (!broken) {
                accept(ctx, message);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void accept(ChannelHandlerContext ctx, Object message) {
        switch (message) {
            case ArrayHeaderRedisMessage header -> {
                if (missing > 0) {
                    breakOff(ctx, "expected '$', got '*'");
                } else {
                    begin(ctx, header.length());
                }
            }
            case InlineCommandRedisMessage inline -> {
                String line = inline.content();
                if (missing > 0) {
                    breakOff(ctx, "expected '$', got '" + (line.isEmpty() ? ' ' : line.charAt(0)) + "'");
                } else {
                    inline(ctx, line);
                }
            }
            case BulkStringHeaderRedisMessage header -> {
                if (inRequest(ctx)) {
                    beginArg(ctx, header.bulkStringLength());
                }
            }
            case FullBulkStringRedisMessage bulk -> {
                if (bulk.isNull()) {
                    breakOff(ctx, "invalid bulk length");
                } else if (inRequest(ctx)) {
                    beginArg(ctx, bulk.content().readableBytes());
                    content(bulk.content());
                    endArg(ctx);
                }
            }
            case BulkStringRedisContent part -> {
                content(part.content());
                if (part instanceof LastBulkStringRedisContent) {
                    endArg(ctx);
                }
            }
            default -> breakOff(ctx, "expected a request: an array of bulk strings, or a line of words");
        }
    }

    private boolean inRequest(ChannelHandlerContext ctx) {
        if (missing == 0) {
            breakOff(ctx, "expected '*', got '$'");
        }
        return missing > 0;
    }

    private void begin(ChannelHandlerContext ctx, long length) {
        if (length <= 0) {
            return; // as Redis: no request, no reply
        }
        if (length > MAX_SKIPPED_ARGS) {
            breakOff(ctx, "invalid multibulk length");
            return;
        }
        missing = (int) length;
        args = new ArrayList<>(Math.min(missing, 16));
        requestBytes = 0;
        refusal = null;
        if (length > limits.maxArgs()) {
            refuse("the request has " + length + " arguments; at most " + limits.maxArgs()
                    + " are taken (max-args): send several smaller ones");
        }
    }

    private void beginArg(ChannelHandlerContext ctx, int length) {
        argLength = length;
        argFilled = 0;
        requestBytes += length;
        if (length > limits.maxArgBytes()) {
            refuse("an argument has " + length + " bytes; at most " + limits.maxArgBytes()
                    + " are taken (max-value-bytes)");
        } else if (requestBytes > limits.maxRequestBytes()) {
            refuse("the request has more than " + limits.maxRequestBytes()
                    + " bytes (max-request-bytes): send several smaller ones");
        }
        if (requestBytes > Math.max(MAX_SKIPPED_BYTES, limits.maxRequestBytes())) {
            breakOff(
                    ctx,
                    "invalid bulk length: the request has " + requestBytes + " bytes or more; at most "
                            + limits.maxRequestBytes() + " are taken (max-request-bytes)");
        }
        if (refusal == null) {
            arg = new byte[Math.min(length, FIRST_BUFFER)];
        }
    }

    /** The buffer grows with what has come, not with what was announced: announcing costs a client nothing. */
    private void content(ByteBuf part) {
        int length = part.readableBytes();
        if (refusal != null || broken) {
            return;
        }
        if (argFilled + length > arg.length) {
            arg = Arrays.copyOf(arg, Math.min(argLength, Math.max(2 * arg.length, argFilled + length)));
        }
        part.getBytes(part.readerIndex(), arg, argFilled, length);
        argFilled += length;
    }

    private void endArg(ChannelHandlerContext ctx) {
        if (broken) {
            return;
        }
        missing--;
        if (refusal == null) {
            args.add(Bytes.wrap(arg));
        }
        arg = new byte[0];
        if (missing == 0) {
            String refused = refusal;
            Inbound request =
                    refused == null ? new Inbound.Args(args, System.nanoTime()) : new Inbound.Refused("ERR " + refused);
            args = List.of();
            refusal = null;
            ctx.fireChannelRead(request);
        }
    }

    private void refuse(String why) {
        if (refusal == null) {
            refusal = why;
            args = List.of();
            arg = new byte[0];
        }
    }

    private void inline(ChannelHandlerContext ctx, String line) {
        if (line.indexOf('\uFFFD') >= 0) {
            breakOff(ctx, "an inline command must be UTF-8 text: send binary data as an array of bulk strings");
            return;
        }
        List<Bytes> words = InlineWords.split(line);
        if (words == null) {
            breakOff(ctx, "unbalanced quotes in request");
        } else if (!words.isEmpty()) {
            ctx.fireChannelRead(limited(words));
        }
    }

    private Inbound limited(List<Bytes> words) {
        int longest = words.stream().mapToInt(Bytes::length).max().orElse(0);
        if (words.size() > limits.maxArgs()) {
            return new Inbound.Refused("ERR the request has " + words.size() + " arguments; at most " + limits.maxArgs()
                    + " are taken (max-args)");
        }
        if (longest > limits.maxArgBytes()) {
            return new Inbound.Refused("ERR an argument has " + longest + " bytes; at most " + limits.maxArgBytes()
                    + " are taken (max-value-bytes)");
        }
        return new Inbound.Args(words, System.nanoTime());
    }

    private void breakOff(ChannelHandlerContext ctx, String why) {
        if (!broken) {
            broken = true;
            missing = 0;
            args = List.of();
            arg = new byte[0];
            ctx.fireChannelRead(new Inbound.Broken("ERR Protocol error: " + why));
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof DecoderException)) {
            ctx.fireExceptionCaught(cause);
            return;
        }
        // Where the decoder itself stumbled, its message is of no use to a client.
        if (cause.getCause() instanceof RedisCodecException malformed && malformed.getCause() == null) {
            breakOff(ctx, String.valueOf(malformed.getMessage()));
        } else {
            breakOff(ctx, "a malformed line");
        }
    }
}
