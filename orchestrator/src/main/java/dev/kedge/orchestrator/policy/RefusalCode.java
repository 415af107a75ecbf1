package dev.kedge.orchestrator.policy;

/** Why a policy sees a need and does nothing. The names are stable: they stand in {@code PolicyRefused} events and in scripts. */
public enum RefusalCode {
    /** One key is the load, or the bulk of the data: no cut spreads it. */
    HOT_KEY,
    /** The only cut that would help is a bound already. A HASH tablet of one slot is such. */
    KEY_IS_BOUND,
    /** Too little was seen to know where to cut. */
    TOO_FEW_SAMPLES,
    /** It would take off too little, or too little for what is moved. */
    SMALL_GAIN,
    /** The range was changed, or a proposal for it failed, a short while ago. */
    COOLDOWN,
    /** As much was moved within the hour as may be. */
    CHURN_BUDGET,
    /** As many migrations run as may, at the shard, the worker, or in the cell. */
    LIMIT,
    /** Load was not reported for a while, or not for the whole window. */
    METRICS_MISSING,
    /** R8: its bounds stand still. */
    TABLET_IN_MIGRATION,
    /** No worker but the source's can take it. */
    NO_DESTINATION,
    /** Somebody turned it down a short while ago. */
    REJECTED_LATELY
}
