/** The whole of Kedge on a real Kafka, RocksDB and sockets: control plane and workers as processes that can be killed with -9. */
@NullMarked
package dev.kedge.system;

import org.jspecify.annotations.NullMarked;
