package dev.kedge.cli;

/** Whether somebody watches. Java can't tell for each of its streams, so the launcher does; without it nobody is taken to watch. */
final class Terminal {
    /** System property: the numbers of the standard streams that are terminals, for instance {@code 012}. */
    static final String STREAMS = "kedge.terminals";

    private Terminal() {}

    static boolean isOutput() {
        return System.getProperty(STREAMS, "").contains("1");
    }

    static boolean isError() {
        return System.getProperty(STREAMS, "").contains("2");
    }
}
