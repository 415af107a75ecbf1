package dev.kedge.cli;

/** Whether somebody watches. Java can't tell for each of its streams, so the launcher does; without it nobody is taken to watch. */
final class Terminal {
    /** System property: the numbers of the standard streams that are terminals, for instance {@code 012}. */
    static final String STREAMS = "kedge.terminals";

    /** System property: how many columns the terminal had at the start. */
    static final String COLUMNS = "kedge.columns";

    /** What terminals have had since they were made of paper. */
    private static final int USUAL_COLUMNS = 80;

    private Terminal() {}

    static boolean isOutput() {
        return System.getProperty(STREAMS, "").contains("1");
    }

    static boolean isError() {
        return System.getProperty(STREAMS, "").contains("2");
    }

    /** Columns of the terminal; the usual ones where it does not tell. */
    static int columns() {
        String told = System.getProperty(COLUMNS, "");
        return told.matches("[1-9][0-9]{0,4}") ? Integer.parseInt(told) : USUAL_COLUMNS;
    }
}
