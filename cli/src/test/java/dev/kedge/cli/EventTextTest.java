package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Evolution;
import dev.kedge.schemas.command.Command.InitialTablet;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.event.EventEnvelope.Cause;
import dev.kedge.schemas.event.PolicyKind;
import dev.kedge.schemas.report.Report.KeyDigest;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EventTextTest {
    @Test
    void everyEventHasWordsAndFields() throws ReflectiveOperationException {
        EventText text = new EventText(CellState.EMPTY);
        List<Class<?>> kinds = leaves(Event.class);
        assertThat(kinds).hasSizeGreaterThan(30);
        for (Class<?> kind : kinds) {
            Event event = (Event) sample(kind);
            assertThat(text.describe(event)).as("%s", kind).isNotBlank();
            Json.Fields json = text.json(event);
            assertThat(json).containsEntry("type", kind.getSimpleName());
            for (RecordComponent component : kind.getRecordComponents()) {
                assertThat(json).containsKey(component.getName());
            }
            assertThat(Json.write(json)).startsWith("{");
        }
    }

    @Test
    void boundsAreWrittenAsTheKeyspaceHasThem() {
        CellState state = CellState.EMPTY;
        for (Event event : List.of(
                new Event.WorkerJoined("w", 1, "h", 1),
                new Event.ShardAdded("a", "w", "log"),
                new Event.KeyspaceCreated("h", 1, Placement.HASH, List.of(new InitialTablet(Bytes.EMPTY, "a"))),
                new Event.KeyspaceCreated("r", 2, Placement.RANGE, List.of(new InitialTablet(Bytes.EMPTY, "a"))))) {
            state = Evolution.evolve(
                    state, new EventEnvelope(state.nextSequence(), 0, new Cause("commands", 0), "me", event));
        }
        EventText text = new EventText(state);
        assertThat(text.describe(new Event.TabletSplit("h", Bytes.EMPTY, Slots.bound(0x1000))))
                .isEqualTo("tablet at the start of h split at 0x1000");
        assertThat(text.describe(new Event.TabletSplit("r", Bytes.utf8("a"), Bytes.utf8("m-1"))))
                .isEqualTo("tablet at a of r split at m\\-1");
        assertThat(text.json(new Event.TabletSplit("h", Bytes.EMPTY, Slots.bound(0x1000))))
                .containsEntry("start", "0x0000")
                .containsEntry("at", "0x1000");
    }

    @Test
    void divergenceNamesTheKeysAndBothDigests() {
        String text = new EventText(CellState.EMPTY)
                .describe(new Event.DivergenceFound(
                        "m1",
                        2,
                        List.of(3),
                        List.of(new KeyDigest(Bytes.utf8("changed"), 0xab), new KeyDigest(Bytes.utf8("gone"), 0xcd)),
                        List.of(new KeyDigest(Bytes.utf8("changed"), 0xef), new KeyDigest(Bytes.utf8("more"), 1))));
        assertThat(text)
                .contains(
                        "key changed: the owner has 00000000000000ab, the replica has 00000000000000ef",
                        "key gone: the owner has 00000000000000cd, the replica has none",
                        "key more: the owner has none, the replica has 0000000000000001");
    }

    @Test
    void aHotKeyIsNamed() {
        String text = new EventText(CellState.EMPTY)
                .describe(new Event.PolicyRefused(
                        PolicyKind.LOAD,
                        "s1",
                        "r",
                        Bytes.EMPTY,
                        "HOT_KEY",
                        Bytes.utf8("star"),
                        "no cut spreads them",
                        List.of()));
        assertThat(text).isEqualTo("LOAD policy does nothing (HOT_KEY, the key star): no cut spreads them");
    }

    private static List<Class<?>> leaves(Class<?> sealed) {
        List<Class<?>> found = new ArrayList<>();
        for (Class<?> permitted : sealed.getPermittedSubclasses()) {
            found.addAll(permitted.isSealed() ? leaves(permitted) : List.of(permitted));
        }
        return found;
    }

    private static Object sample(Class<?> kind) throws ReflectiveOperationException {
        RecordComponent[] components = kind.getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            values[i] = value(components[i].getType(), components[i].getName());
        }
        Constructor<?> constructor = kind.getDeclaredConstructor(
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
        return constructor.newInstance(values);
    }

    private static Object value(Class<?> type, String name) throws ReflectiveOperationException {
        if (type == String.class) {
            return name;
        } else if (type == int.class) {
            return 1;
        } else if (type == long.class) {
            return 1L;
        } else if (type == double.class) {
            return 0.5;
        } else if (type == boolean.class) {
            return true;
        } else if (type == Bytes.class) {
            return name.equals("end") ? null : Bytes.utf8("k");
        } else if (type == List.class) {
            return name.equals("owner") || name.equals("replica")
                    ? List.of(new KeyDigest(Bytes.utf8("k"), 1))
                    : List.of();
        } else if (type.isEnum()) {
            return type.getEnumConstants()[0];
        }
        return sample(type.isSealed() ? leaves(type).get(0) : type);
    }
}
