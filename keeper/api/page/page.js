"use strict";

// The table follows the stream from the sequence it was rendered at; see docs/liquidators.md.
const NAMES = {
  in_auction: "in auction",
  liquidatable: "liquidatable",
  unknown: "unknown",
  below_initial: "below initial",
};
const ORDER = Object.keys(NAMES);
const LONGEST_PAUSE_MS = 30000;

const held = { stream: document.body.dataset.stream, seq: Number(document.body.dataset.seq), rows: null };
let pause = 500;

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  // Without rows of its own it begins with a snapshot: what the server rendered is text, not data.
  const from = held.rows ? `?stream=${held.stream}&seq=${held.seq}` : "";
  const socket = new WebSocket(`${scheme}://${location.host}/v1/candidates/stream${from}`);
  socket.onmessage = (event) => {
    pause = 500;
    take(JSON.parse(event.data), socket);
  };
  socket.onclose = () => {
    say("lost", "connection lost, trying again");
    setTimeout(connect, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  };
}

function take(frame, socket) {
  if (frame.type === "snapshot") {
    held.rows = new Map(frame.candidates.map((row) => [row.account, row]));
  } else if (frame.type === "delta") {
    if (!held.rows || frame.stream !== held.stream || frame.seq !== held.seq + 1) {
      held.rows = null;
      socket.close();
      return;
    }
    for (const row of frame.changed) held.rows.set(row.account, row);
    for (const account of frame.gone) held.rows.delete(account);
  }
  held.stream = frame.stream;
  held.seq = frame.seq;
  say("live", "live");
  if (frame.block) show(frame.block);
}

function show(block) {
  document.getElementById("block").textContent = block.number;
  const rows = [...held.rows.values()].sort(
    (a, b) => ORDER.indexOf(a.health) - ORDER.indexOf(b.health) || a.account - b.account
  );
  document.getElementById("count").textContent = counted(rows.length);
  document.getElementById("rows").replaceChildren(...rows.map(rendered));
}

function rendered(row) {
  const line = document.createElement("tr");
  line.className = row.health;
  const { margin, auction } = row;
  const short = margin ? Number(margin.maintenance_requirement) - Number(margin.equity_high) : null;
  line.append(cell(row.account), state(row));
  for (const value of [
    margin && money(margin.equity_low),
    margin && money(margin.equity_high),
    margin && money(margin.maintenance_requirement),
    short > 0 ? money(short) : null,
    row.legs.length,
    auction && money(auction.discount_now),
    auction && `${(Number(auction.largest_fraction) * 100).toFixed(1)}%`,
  ]) {
    line.append(cell(value ?? "–", "number"));
  }
  return line;
}

function state(row) {
  const made = cell(NAMES[row.health], "health");
  if (row.reason) {
    const reason = document.createElement("span");
    reason.className = "reason";
    reason.textContent = row.reason;
    made.append(reason);
  }
  return made;
}

function cell(text, kind) {
  const made = document.createElement("td");
  if (kind) made.className = kind;
  made.textContent = text;
  return made;
}

function money(amount) {
  return Number(amount).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

function counted(count) {
  if (count === 0) return "Nobody is near the line.";
  return count === 1 ? "1 account" : `${count} accounts`;
}

function say(kind, text) {
  document.getElementById("state").className = kind;
  document.getElementById("link").textContent = text;
}

connect();
