/** How a device's data come in and go out without a program of one's own: texts to be copied. Pure functions. */

/** Stands for the device's token, which is shown only once. */
export const TOKEN = "DEVICE_TOKEN";
/** Stands for the id of a sensor where the device has none yet. */
export const SENSOR_ID = "SENSOR_ID";

export interface Place {
  /** The server's address as the reader has it. */
  origin: string;
  deviceId: string;
  sensorId: string | null;
}

/** One reading of a sensor that is there already, at this moment. */
export function curlReadings({ origin, sensorId }: Place): string {
  return [
    `curl ${origin}/api/sensors/${sensorId ?? SENSOR_ID}/readings \\`,
    `  -H "Authorization: Bearer ${TOKEN}" -H "Content-Type: application/json" \\`,
    `  -d "{\\"readings\\": [[$(date +%s)000, 21.5]]}"`,
  ].join("\n");
}

/** One reading of a sensor that is made when it comes first, in InfluxDB's line protocol. */
export function curlLine({ origin }: Place): string {
  return [
    `curl ${origin}/api/write -H "Authorization: Token ${TOKEN}" \\`,
    `  --data-binary "air,place=greenhouse temperature=21.5"`,
  ].join("\n");
}

/** For telegraf.conf. */
export function telegraf({ origin }: Place): string {
  return [
    "[[outputs.influxdb]]",
    `  urls = ["${origin}/api"]`,
    '  database = "fieldroom"',
    '  username = "device"',
    `  password = "${TOKEN}"`,
  ].join("\n");
}

/** The topic is the one that the bridge listens to unless its MQTT_TOPICS say otherwise. */
export function mqtt({ deviceId }: Place): string {
  return `mosquitto_pub -h BROKER -q 1 -t sensors/${deviceId}/temperature -m 21.5`;
}

/** The newest readings in Prometheus' format. */
export function curlMetrics({ origin }: Place): string {
  return `curl ${origin}/api/sensors/metrics -H "Authorization: Bearer ${TOKEN}"`;
}

/** For prometheus.yml. */
export function prometheus({ origin }: Place): string {
  const { protocol, host } = new URL(origin);
  return [
    "scrape_configs:",
    "  - job_name: fieldroom",
    `    scheme: ${protocol.replace(":", "")}`,
    "    metrics_path: /api/sensors/metrics",
    "    authorization:",
    `      credentials: ${TOKEN}`,
    "    static_configs:",
    `      - targets: ["${host}"]`,
  ].join("\n");
}

/** The address of Grafana's JSON data source. */
export function grafana({ origin }: Place): string {
  return `${origin}/api/grafana`;
}
