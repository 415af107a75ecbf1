package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.schemas.command.Command.InitialTablet;
import java.util.ArrayList;
import java.util.List;

/** The first tablets of a keyspace. */
final class InitialLayout {
    private InitialLayout() {}

    /** Equal parts of a HASH keyspace, {@code perShard} for each shard, each shard's side by side. */
    static List<InitialTablet> blocks(List<String> shards, int perShard) {
        int count = count(shards, perShard);
        List<InitialTablet> tablets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tablets.add(new InitialTablet(cut(i, count), shards.get(i / perShard)));
        }
        return tablets;
    }

    /** Equal parts of a HASH keyspace, {@code perShard} for each shard, dealt out in turn. */
    static List<InitialTablet> vnodes(List<String> shards, int perShard) {
        int count = count(shards, perShard);
        List<InitialTablet> tablets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tablets.add(new InitialTablet(cut(i, count), shards.get(i % shards.size())));
        }
        return tablets;
    }

    /** A tablet between any two neighbours of {@code bounds}, as many for each shard as goes, each shard's side by side. */
    static List<InitialTablet> splitAt(Placement placement, List<String> shards, List<String> bounds) {
        List<InitialTablet> tablets = new ArrayList<>();
        int count = bounds.size() + 1;
        if (count < shards.size()) {
            throw new BadInput("cut at " + bounds.size() + " positions there are " + EventText.tablets(count) + " for "
                    + shards.size() + " shards: give at least " + (shards.size() - 1) + " positions, or fewer shards");
        }
        for (int i = 0; i < count; i++) {
            Bytes start = i == 0 ? Bytes.EMPTY : RangeText.start(placement, bounds.get(i - 1));
            tablets.add(new InitialTablet(start, shards.get(i * shards.size() / count)));
        }
        return tablets;
    }

    private static int count(List<String> shards, int perShard) {
        if (perShard < 1 || (long) perShard * shards.size() > Slots.COUNT) {
            throw new BadInput(perShard + " tablets for each of " + shards.size() + " shards can't be cut from "
                    + Slots.COUNT + " slots: give 1 to " + Slots.COUNT / shards.size());
        }
        return perShard * shards.size();
    }

    private static Bytes cut(int index, int count) {
        return index == 0 ? Bytes.EMPTY : Slots.bound((int) ((long) index * Slots.COUNT / count));
    }
}
