package dev.kedge.schemas.avro;

/** Bytes that are not what they should be: not in wire format, cut off, or not of their schema. Permanent: the same bytes fail again. */
public final class DecodingException extends RuntimeException {
    public DecodingException(String message) {
        super(message);
    }

    public DecodingException(String message, Throwable cause) {
        super(message, cause);
    }
}
