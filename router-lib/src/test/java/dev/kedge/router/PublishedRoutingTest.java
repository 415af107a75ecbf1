package dev.kedge.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class PublishedRoutingTest {
    private final PublishedRouting routing = new PublishedRouting();

    private static RoutingMap at(long version) {
        return RoutingMap.EMPTY.builder().seen(version).build();
    }

    @Test
    void listenersHearOfMapsInOrderAndOneThatFailsStopsNothing() {
        List<String> heard = new ArrayList<>();
        routing.add((before, after) -> {
            throw new IllegalStateException("deliberate");
        });
        routing.add((before, after) -> heard.add(before.version() + "->" + after.version()));
        routing.publish(at(3));
        routing.publish(at(7));
        routing.publish(at(5));
        assertThat(heard).containsExactly("-1->3", "3->7");
        assertThat(routing.version()).as("never goes back").isEqualTo(7);
    }

    @Test
    void waitingEndsWithTheVersionOrWithTheTime() throws InterruptedException {
        assertThat(routing.awaitVersion(1, Duration.ofMillis(5))).isFalse();
        CompletableFuture<RoutingMap> five = routing.whenVersion(5);
        CompletableFuture<RoutingMap> nine = routing.whenVersion(9);
        CompletableFuture<Boolean> waiter = CompletableFuture.supplyAsync(() -> {
            try {
                return routing.awaitVersion(5, Duration.ofSeconds(20));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        routing.publish(at(6));
        assertThat(waiter.join()).isTrue();
        assertThat(five).isCompleted();
        assertThat(nine).isNotDone();
        assertThat(routing.whenVersion(2)).isCompleted();
    }

    @Test
    void whenNothingMoreWillComeWaitersLearnWhy() {
        CompletableFuture<RoutingMap> nine = routing.whenVersion(9);
        routing.end(new KedgeException("because"));
        assertThat(nine).isCompletedExceptionally();
        assertThatThrownBy(() -> routing.awaitVersion(9, Duration.ofSeconds(20)))
                .isInstanceOf(KedgeException.class)
                .hasMessage("because");
        assertThat(routing.whenVersion(9)).isCompletedExceptionally();
    }
}
