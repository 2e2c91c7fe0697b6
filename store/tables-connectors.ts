/** What is plugged in: connectors, what is known of each far side, and the calls of the last day. */
export interface ConnectorTables {
  connectors: ConnectorRow;
  connector_states: ConnectorStateRow;
  connector_calls: ConnectorCallRow;
  /** One row: says whether the instance's secret is the one that sealed secrets were made with. */
  seal_check: { id: number; sealed: string };
}

export interface ConnectorRow {
  workspace_id: string;
  id: string;
  integration: string;
  name: string;
  enabled: number;
  /** Where it leads, without anything secret. */
  target: string | null;
  /** JSON of the fields that may be shown. */
  config: string;
  /** JSON of field → sealed text. */
  secrets: string;
  /** When the credentials were given; what failed before says nothing of them. */
  credentials_at: number;
  created_at: number;
  updated_at: number;
  archived_at: number | null;
}

/** Shared by all processes that call the same far side. */
export interface ConnectorStateRow {
  workspace_id: string;
  connector_id: string;
  /** In a row. */
  failures: number;
  /** 1 from the event connector.failing to connector.recovered. */
  alarmed: number;
  /** The far side asked for silence until then. */
  not_before: number | null;
  /** The circuit is open until then; past it, who sets it anew may try. Null: closed. */
  open_until: number | null;
  last_success_at: number | null;
  last_error_at: number | null;
  last_error_kind: string | null;
  last_error: string | null;
}

export interface ConnectorCallRow {
  workspace_id: string;
  id: string;
  connector_id: string;
  at: number;
  /** `probe`, or what the call was to do. */
  action: string;
  ok: number;
  /** Of the failure. */
  kind: string | null;
  ms: number;
  reason: string | null;
}
