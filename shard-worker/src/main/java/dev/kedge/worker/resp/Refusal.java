package dev.kedge.worker.resp;

/** A request that is refused before anything is done; the message is the error reply, code included. */
final class Refusal extends RuntimeException {
    Refusal(String error) {
        super(error, null, false, false); // thrown for what clients do wrong: its stack trace tells nothing
    }

    static Refusal syntax() {
        return new Refusal("ERR syntax error");
    }

    static Refusal notAnInteger() {
        return new Refusal("ERR value is not an integer or out of range");
    }

    String error() {
        return String.valueOf(getMessage());
    }
}
