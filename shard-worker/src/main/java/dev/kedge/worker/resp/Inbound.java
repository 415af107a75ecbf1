package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import java.util.List;

/** What the assembler hands to the connection, in the order of the bytes received. */
sealed interface Inbound {

    /**
     * A whole request.
     *
     * @param args the command's name and its arguments; never empty
     * @param receivedNanos monotonic time taken after its last byte was decoded (R4)
     */
    record Args(List<Bytes> args, long receivedNanos) implements Inbound {}

    /** A request over a limit, which was read past; the next one is intact. */
    record Refused(String error) implements Inbound {}

    /** The bytes make no sense, or reading past them would cost too much: nothing comes after this. */
    record Broken(String error) implements Inbound {}
}
