package dev.kedge.simulation.cluster;

import dev.kedge.simulation.cluster.Result.Sample;
import java.util.List;
import java.util.Locale;

/** Draws how uneven the cell was over time, a panel for each scenario, as SVG. */
public final class BalancePlot {
    private static final int COLUMNS = 2;
    private static final int PANEL_WIDTH = 460;
    private static final int PANEL_HEIGHT = 190;
    private static final int LEFT = 46;
    private static final int RIGHT = 14;
    private static final int TOP = 30;
    private static final int BOTTOM = 30;
    private static final double[] STEPS = {0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30};

    private final StringBuilder out = new StringBuilder();

    private BalancePlot() {}

    public static String of(List<Result> results) {
        return new BalancePlot().draw(results);
    }

    private String draw(List<Result> results) {
        int rows = (results.size() + COLUMNS - 1) / COLUMNS;
        line(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"11\">",
                COLUMNS * PANEL_WIDTH,
                rows * PANEL_HEIGHT));
        line("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>");
        for (int i = 0; i < results.size(); i++) {
            line(String.format(
                    Locale.ROOT,
                    "<g transform=\"translate(%d %d)\">",
                    i % COLUMNS * PANEL_WIDTH,
                    i / COLUMNS * PANEL_HEIGHT));
            panel(results.get(i));
            line("</g>");
        }
        line("</svg>");
        return out.toString();
    }

    private void panel(Result result) {
        int minutes = result.minutes();
        double low = STEPS[0];
        double high = high(result);
        line(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"18\" font-weight=\"bold\">%s, %d shards x %d tablets</text>",
                LEFT,
                result.scenario().title(),
                result.size().shards(),
                result.size().tablets()));
        for (double step : STEPS) {
            if (step <= high) {
                double y = y(step, low, high);
                line(String.format(
                        Locale.ROOT,
                        "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#e4e4e4\"/>",
                        LEFT,
                        y,
                        right(),
                        y));
                line(String.format(
                        Locale.ROOT,
                        "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"#555555\">%s</text>",
                        LEFT - 5,
                        y + 4,
                        percent(step)));
            }
        }
        for (Result.Stretch stretch : result.stretches()) {
            double x = x(stretch.fromMinute(), minutes);
            line(String.format(
                    Locale.ROOT,
                    "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#999999\" stroke-dasharray=\"2 3\"/>",
                    x,
                    TOP,
                    x,
                    PANEL_HEIGHT - BOTTOM));
        }
        double tolerance = y(result.tolerance(), low, high);
        line(String.format(
                Locale.ROOT,
                "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#2a7f3f\" stroke-dasharray=\"6 3\"/>",
                LEFT,
                tolerance,
                right(),
                tolerance));
        curve(result, minutes, low, high);
        for (int hour = 0; hour * 60 <= minutes; hour++) {
            line(String.format(
                    Locale.ROOT,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#555555\">%d h</text>",
                    x(hour * 60, minutes),
                    PANEL_HEIGHT - BOTTOM + 16,
                    hour));
        }
    }

    private void curve(Result result, int minutes, double low, double high) {
        StringBuilder points = new StringBuilder();
        for (Sample sample : result.samples()) {
            points.append(String.format(
                    Locale.ROOT, "%.1f,%.1f ", x(sample.minute(), minutes), y(sample.imbalance(), low, high)));
        }
        line(String.format(
                Locale.ROOT,
                "<polyline points=\"%s\" fill=\"none\" stroke=\"#1f5fa8\" stroke-width=\"1.5\"/>",
                points.toString().trim()));
    }

    private static double high(Result result) {
        for (double step : STEPS) {
            if (step >= Math.max(0.3, result.worstImbalance())) {
                return step;
            }
        }
        return STEPS[STEPS.length - 1];
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f %%", share * 100);
    }

    private static int right() {
        return PANEL_WIDTH - RIGHT;
    }

    private static double x(double minute, int minutes) {
        return LEFT + (right() - LEFT) * minute / minutes;
    }

    /** Logarithmic; what is below the axis lies on it. */
    private static double y(double value, double low, double high) {
        double share = Math.log(Math.min(high, Math.max(low, value)) / low) / Math.log(high / low);
        return PANEL_HEIGHT - BOTTOM - (PANEL_HEIGHT - BOTTOM - TOP) * share;
    }

    private void line(String text) {
        out.append(text).append('\n');
    }
}
