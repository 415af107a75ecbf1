package dev.kedge.router;

/** Where a worker listens. */
record Endpoint(String host, int port) {
    @Override
    public String toString() {
        return host + ":" + port;
    }
}
