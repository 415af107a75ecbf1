package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.worker.engine.Holding.Staging;
import dev.kedge.worker.engine.Holding.Status;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A {@link Judge}'s state as bytes. The first byte is the format's version. */
record JudgeState(Judge.@Nullable Opening opening, long longestLeaseMillis, List<Holding> holdings) {
    private static final int FORMAT = 1;

    static byte[] save(Judge.@Nullable Opening opening, long longestLeaseMillis, Collection<Holding> holdings) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(FORMAT);
            out.writeBoolean(opening != null);
            if (opening != null) {
                out.writeLong(opening.epoch());
                out.writeLong(opening.incarnation());
                out.writeLong(opening.offset());
                out.writeLong(opening.leaseMillis());
                out.writeBoolean(opening.closed());
            }
            out.writeLong(longestLeaseMillis);
            out.writeInt(holdings.size());
            for (Holding holding : holdings) {
                write(out, holding);
            }
        } catch (IOException e) {
            throw new IllegalStateException("a buffer in memory cannot fail", e);
        }
        return bytes.toByteArray();
    }

    static JudgeState load(byte[] saved) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(saved))) {
            int format = in.readByte();
            if (format != FORMAT) {
                throw new IllegalStateException("validity state of format " + format + "; this build reads " + FORMAT);
            }
            Judge.Opening opening = in.readBoolean()
                    ? new Judge.Opening(in.readLong(), in.readLong(), in.readLong(), in.readLong(), in.readBoolean())
                    : null;
            long longestLeaseMillis = in.readLong();
            int count = in.readInt();
            List<Holding> holdings = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                holdings.add(read(in));
            }
            return new JudgeState(opening, longestLeaseMillis, holdings);
        } catch (IOException e) {
            throw new IllegalStateException("the saved validity state is cut short", e);
        }
    }

    private static void write(DataOutputStream out, Holding holding) throws IOException {
        writeBytes(out, holding.span().from().array());
        writeBytes(out, holding.span().to().array());
        out.writeUTF(holding.status().name());
        out.writeLong(holding.version());
        out.writeLong(holding.offset());
        out.writeUTF(holding.migration());
        Staging staging = holding.staging();
        out.writeBoolean(staging != null);
        if (staging != null) {
            out.writeUTF(staging.migration());
            out.writeInt(staging.attempt());
            out.writeUTF(staging.base().name());
            out.writeUTF(staging.sourceShard());
            out.writeLong(staging.sourceFrom());
            out.writeLong(staging.position());
            out.writeLong(staging.progressMillis());
            byte[] sourceJudge = staging.sourceJudge();
            out.writeBoolean(sourceJudge != null);
            if (sourceJudge != null) {
                writeBytes(out, sourceJudge);
            }
        }
    }

    private static Holding read(DataInputStream in) throws IOException {
        Span span = new Span(Bytes.wrap(readBytes(in)), Bytes.wrap(readBytes(in)));
        Status status = Status.valueOf(in.readUTF());
        long version = in.readLong();
        long offset = in.readLong();
        String migration = in.readUTF();
        Staging staging = in.readBoolean()
                ? new Staging(
                        in.readUTF(),
                        in.readInt(),
                        ImportBase.valueOf(in.readUTF()),
                        in.readUTF(),
                        in.readLong(),
                        in.readLong(),
                        in.readLong(),
                        in.readBoolean() ? readBytes(in) : null)
                : null;
        return new Holding(span, status, version, offset, migration, staging);
    }

    private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static byte[] readBytes(DataInputStream in) throws IOException {
        int length = in.readInt();
        byte[] bytes = in.readNBytes(length);
        if (bytes.length != length) {
            throw new IOException("cut short");
        }
        return bytes;
    }
}
