package dev.kedge.cli;

import java.util.Locale;

/** Numbers for people. */
final class Amounts {
    private Amounts() {}

    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    static String bytes(long bytes) {
        if (bytes < 1000) {
            return bytes + " B";
        }
        double amount = bytes;
        String[] units = {"kB", "MB", "GB", "TB", "PB"};
        int unit = -1;
        do {
            amount /= 1000;
            unit++;
        } while (amount >= 999.5 && unit < units.length - 1);
        return String.format(Locale.ROOT, amount < 10 ? "%.1f %s" : "%.0f %s", amount, units[unit]);
    }

    static String rate(double perSecond, String what) {
        return count(Math.round(perSecond)) + " " + what + "/s";
    }
}
