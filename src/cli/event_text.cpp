#include "cli/event_text.h"

#include "cli/table.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace galen::cli {

namespace {

using Json = nlohmann::ordered_json;

// What other members wrote and is no UTF-8 is replaced, never thrown.
std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void add(Json& json, const char* name, const std::string& value) {
  if (!value.empty()) json[name] = value;
}

void append(std::string& line, const std::string& name, const std::string& value) {
  if (!value.empty()) line += "  " + name + " " + visible(value);
}

Json to_json(const client::EmergencyEvent& event) {
  Json json{{"declaration", event.declaration}};
  add(json, "reason", event.reason);
  if (event.from_ms != 0) json["from_ms"] = event.from_ms;
  if (event.to_ms != 0) json["to_ms"] = event.to_ms;
  if (!event.records.empty()) json["records"] = event.records;
  add(json, "outcome", event.outcome);
  return json;
}

void append(std::string& line, const client::EmergencyEvent& event, bool full) {
  append(line, "declaration", short_id(event.declaration, full));
  append(line, "because", event.reason);
  append(line, "found", event.outcome);
  if (event.from_ms != 0)
    append(line, event.to_ms != 0 ? "from" : "at", instant_text(event.from_ms));
  if (event.to_ms != 0) append(line, "until", instant_text(event.to_ms));
  for (const std::string& record : event.records) append(line, "record", short_id(record, full));
}

std::string decisions_text(const client::EventView& event, bool full) {
  std::string text;
  for (const auto& decision : event.decisions) {
    const std::string what = decision.record.empty() ? "a list" : short_id(decision.record, full);
    text += (text.empty() ? "" : ", ") + what + (decision.permit ? " permitted" : " refused");
    if (!decision.reason.empty()) text += " (" + decision.reason + ")";
  }
  return text;
}

}  // namespace

std::string human_line(const client::EventView& event, bool full) {
  std::string line = instant_text(event.time_ms) + "  " + std::to_string(event.height) + "." +
                     std::to_string(event.index) + "  " + event.kind;
  if (event.index == 0) {
    append(line, "", short_id(event.block, full));
    line += "  " + std::to_string(event.transactions) + " transactions, " +
            std::to_string(event.operations) + " operations";
    if (!event.signers.empty()) append(line, "certified by", joined(event.signers));
    return line;
  }
  append(line, "type", event.result.empty() ? "" : event.type);
  append(line, "refused", event.result);
  append(line, "subject", short_id(event.subject, full));
  append(line, "record", short_id(event.record, full));
  append(line, "grant", short_id(event.grant, full));
  append(line, event.emergency ? "by" : "asked by", event.organisation);
  if (event.emergency) append(line, *event.emergency, full);
  append(line, "for", event.purpose);
  append(line, "to", event.action);
  append(line, "records", decisions_text(event, full));
  append(line, "submitted by", event.submitter);
  return line;
}

std::string own_access_line(const client::EventView& event, bool full) {
  std::string line = instant_text(event.time_ms);
  append(line, "by", event.person.empty() ? "the organisation" : short_id(event.person, full));
  append(line, "of", short_id(event.subject, full));
  append(line, "", event.emergency ? event.kind : event.action);
  append(line, "for", event.purpose);
  if (event.emergency) append(line, *event.emergency, full);
  append(line, "refused", event.result);
  append(line, "records", decisions_text(event, full));
  append(line, "transaction", short_id(event.transaction, full));
  return line;
}

std::string json_line(const client::EventView& event) {
  Json json{{"kind", event.kind},
            {"height", event.height},
            {"index", event.index},
            {"cursor", event.cursor},
            {"time_ms", event.time_ms},
            {"block", event.block}};
  if (event.index == 0) {
    json["transactions"] = event.transactions;
    json["operations"] = event.operations;
    if (!event.signers.empty()) json["signers"] = event.signers;
    return dump(json);
  }
  json["transaction"] = event.transaction;
  json["submitter"] = event.submitter;
  json["type"] = event.type;
  json["subject"] = event.subject;
  add(json, "result", event.result);
  add(json, "record", event.record);
  add(json, "grant", event.grant);
  if (event.emergency) {
    json["organisation"] = event.organisation;
    add(json, "person", event.person);
    json["emergency"] = to_json(*event.emergency);
  }
  if (event.decisions.empty()) return dump(json);
  if (!event.emergency) {
    json["organisation"] = event.organisation;
    json["person"] = event.person;
    json["purpose"] = event.purpose;
    json["action"] = event.action;
  }
  json["decisions"] = Json::array();
  for (const auto& decision : event.decisions) {
    Json item{{"record", decision.record}, {"permit", decision.permit}};
    add(item, "rule", decision.reason);
    add(item, "grant", decision.grant);
    json["decisions"].push_back(std::move(item));
  }
  return dump(json);
}

std::string human_line(const client::HeaderView& header, bool full) {
  return instant_text(header.time_ms) + "  " + std::to_string(header.height) + "  " +
         short_id(header.hash, full) + "  certified by " + joined(header.signers);
}

std::string json_line(const client::HeaderView& header) {
  return dump({{"height", header.height},
               {"hash", header.hash},
               {"parent", header.parent},
               {"time_ms", header.time_ms},
               {"epoch", header.epoch},
               {"state_root", header.state_root},
               {"signers", header.signers}});
}

std::string json_line(const client::FollowEnd& end) {
  return dump(
      {{"trusted", {{"height", end.height}, {"hash", end.hash}}}, {"headers", end.headers}});
}

}  // namespace galen::cli
