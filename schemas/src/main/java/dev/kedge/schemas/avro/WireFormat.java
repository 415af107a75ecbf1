package dev.kedge.schemas.avro;

import java.io.ByteArrayOutputStream;

/**
 * Confluent's wire format: a zero byte, the schema's id (4 bytes, big-endian), Avro binary. Source: Confluent's Schema
 * Registry documentation, "Wire format".
 */
final class WireFormat {
    static final byte MAGIC = 0;
    static final int PREFIX_LENGTH = 5;

    private WireFormat() {}

    static void putPrefix(byte[] to, int id) {
        to[0] = MAGIC;
        to[1] = (byte) (id >>> 24);
        to[2] = (byte) (id >>> 16);
        to[3] = (byte) (id >>> 8);
        to[4] = (byte) id;
    }

    static void putPrefix(ByteArrayOutputStream to, int id) {
        byte[] prefix = new byte[PREFIX_LENGTH];
        putPrefix(prefix, id);
        to.writeBytes(prefix);
    }

    /** @throws DecodingException if the bytes are not in wire format */
    static int id(byte[] bytes, String message) {
        if (bytes.length < PREFIX_LENGTH) {
            throw new DecodingException("a " + message + " must be in Confluent's wire format, of at least "
                    + PREFIX_LENGTH + " bytes; this has " + bytes.length);
        }
        if (bytes[0] != MAGIC) {
            throw new DecodingException("a " + message
                    + " must be in Confluent's wire format, whose first byte is 0; this one's is " + (bytes[0] & 0xff)
                    + ". Was it written by something other than Kedge?");
        }
        return ((bytes[1] & 0xff) << 24) | ((bytes[2] & 0xff) << 16) | ((bytes[3] & 0xff) << 8) | (bytes[4] & 0xff);
    }
}
