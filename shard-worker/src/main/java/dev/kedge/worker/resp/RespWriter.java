package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes answers in RESP2 or RESP3. */
final class RespWriter {
    private static final int CRLF = '\r' << 8 | '\n';
    private static final byte[] MIN_LONG = Long.toString(Long.MIN_VALUE).getBytes(StandardCharsets.US_ASCII);

    private RespWriter() {}

    /** @param protocol 2 or 3 */
    static void write(ByteBuf out, Answer answer, int protocol) {
        boolean resp3 = protocol >= 3;
        switch (answer) {
            case Answer.Simple simple -> line(out, '+', simple.text());
            case Answer.Failure failure -> line(out, '-', failure.text());
            case Answer.Int number -> header(out, ':', number.value());
            case Answer.Bulk bulk -> bulk(out, bulk.value());
            case Answer.Nil nil -> {
                if (resp3) {
                    out.writeByte('_').writeShort(CRLF);
                } else {
                    header(out, '$', -1);
                }
            }
            case Answer.Text text -> text(out, text.text(), resp3);
            case Answer.Many many -> {
                header(out, '*', many.items().size());
                writeAll(out, many.items(), protocol);
            }
            case Answer.Distinct set -> {
                header(out, resp3 ? '~' : '*', set.items().size());
                writeAll(out, set.items(), protocol);
            }
            case Answer.Pairs pairs -> {
                int size = pairs.keysAndValues().size();
                header(out, resp3 ? '%' : '*', resp3 ? size / 2 : size);
                writeAll(out, pairs.keysAndValues(), protocol);
            }
        }
    }

    private static void writeAll(ByteBuf out, List<? extends Answer> items, int protocol) {
        for (Answer item : items) {
            write(out, item, protocol);
        }
    }

    private static void bulk(ByteBuf out, Bytes value) {
        header(out, '$', value.length());
        out.writeBytes(value.array()).writeShort(CRLF);
    }

    private static void text(ByteBuf out, String text, boolean resp3) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (resp3) {
            header(out, '=', utf8.length + 4L);
            ByteBufUtil.writeAscii(out, "txt:");
        } else {
            header(out, '$', utf8.length);
        }
        out.writeBytes(utf8).writeShort(CRLF);
    }

    /** Control characters, which errors can quote from a request, must not end the line early. */
    private static void line(ByteBuf out, char type, String text) {
        out.writeByte(type);
        int start = out.writerIndex();
        ByteBufUtil.writeUtf8(out, text);
        for (int i = start; i < out.writerIndex(); i++) {
            if (out.getByte(i) == '\r' || out.getByte(i) == '\n') {
                out.setByte(i, ' ');
            }
        }
        out.writeShort(CRLF);
    }

    private static void header(ByteBuf out, char type, long number) {
        out.writeByte(type);
        decimal(out, number);
        out.writeShort(CRLF);
    }

    private static void decimal(ByteBuf out, long number) {
        if (number == Long.MIN_VALUE) {
            out.writeBytes(MIN_LONG);
            return;
        }
        long rest = number;
        if (rest < 0) {
            out.writeByte('-');
            rest = -rest;
        }
        int digits = 1;
        for (long limit = 10; digits < 19 && rest >= limit; limit *= 10) {
            digits++;
        }
        int start = out.writerIndex();
        out.ensureWritable(digits);
        for (int i = start + digits - 1; i >= start; i--) {
            out.setByte(i, (int) ('0' + rest % 10));
            rest /= 10;
        }
        out.writerIndex(start + digits);
    }
}
