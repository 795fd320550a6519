#include "cli/emergency_text.h"

#include "cli/table.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace galen::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string state_text(const client::DeclarationView& view) {
  if (!view.outcome.empty()) return view.outcome + (view.overdue ? " (late)" : "");
  return view.overdue ? "OVERDUE" : "waits";
}

Json to_json(const client::DeclarationView& view) {
  Json json{{"declaration", view.declaration},
            {"patient", view.patient},
            {"person", view.person},
            {"organisation", view.organisation},
            {"reason", view.reason},
            {"records", view.records},
            {"from_ms", view.from_ms},
            {"to_ms", view.to_ms},
            {"declared_ms", view.declared_ms},
            {"late", view.late},
            {"overdue", view.overdue},
            {"review", nullptr}};
  if (!view.outcome.empty()) {
    json["review"] = {{"outcome", view.outcome}, {"reviewer", view.reviewer}};
  }
  return json;
}

std::string decisions_text(const client::PendingEmergency& entry, bool full) {
  std::string text;
  for (const auto& decision : entry.decisions) {
    text += (text.empty() ? "" : ", ") + short_id(decision.record, full) +
            (decision.permit ? " permitted" : " REFUSED") + " (" + decision.reason + ")";
  }
  return text;
}

Json to_json(const client::PendingEmergency& entry) {
  Json decisions = Json::array();
  for (const auto& decision : entry.decisions) {
    decisions.push_back(
        {{"record", decision.record}, {"permit", decision.permit}, {"rule", decision.reason}});
  }
  return {{"number", entry.number},
          {"time_ms", entry.time_ms},
          {"organisation", entry.organisation},
          {"person", entry.person},
          {"patient", entry.patient},
          {"purpose", entry.purpose},
          {"action", entry.action},
          {"decisions", decisions},
          {"declaration", entry.declaration},
          {"reason", entry.reason},
          {"declared", entry.declared}};
}

}  // namespace

namespace human {

std::string text(const client::Declared& declared) {
  std::vector<std::pair<std::string, std::string>> fields{
      {"declaration", declared.declaration}, {"until", instant_text(declared.until_ms)}};
  if (declared.committed) {
    fields.emplace_back("height", std::to_string(declared.committed->height));
  } else {
    fields.emplace_back(
        "chain",
        "not yet (" + declared.note + "); whether it stands is for the custodian's node to say");
  }
  fields.emplace_back("review", "by a person of another role, within 72 hours");
  return fields_text(fields);
}

std::string text(const client::DeclarationList& list, bool full) {
  Table table({"DECLARATION", "PATIENT", "PERSON", "ORGANISATION", "REASON", "DECLARED", "REVIEW"});
  for (const auto& view : list.declarations) {
    // What `emergency review` needs: always whole.
    table.add({view.declaration,
               short_id(view.patient, full),
               short_id(view.person, full),
               view.organisation,
               view.reason + (view.late ? " (late)" : ""),
               instant_text(view.declared_ms),
               state_text(view)});
  }
  return table.text() + std::to_string(list.open) + " of " + std::to_string(list.limit) +
         " open here, " + std::to_string(list.overdue) + " overdue\n";
}

std::string text(const client::PendingList& list, bool full) {
  Table table({"ENTRY",
               "TIME",
               "ORGANISATION",
               "PERSON",
               "PATIENT",
               "PURPOSE",
               "RECORDS",
               "REASON",
               "DECLARATION"});
  for (const auto& entry : list.entries) {
    table.add({std::to_string(entry.number),
               instant_text(entry.time_ms),
               entry.organisation,
               short_id(entry.person, full),
               short_id(entry.patient, full),
               entry.purpose,
               decisions_text(entry, full),
               entry.reason,
               short_id(entry.declaration, full) + (entry.declared ? "" : " (not on the chain)")});
  }
  if (list.next == 0) return table.text();
  return table.text() + "more with --from " + std::to_string(list.next) + "\n";
}

std::string text(const client::AnchorReport& report) {
  std::vector<std::pair<std::string, std::string>> fields;
  if (!report.journal.empty()) {
    fields.emplace_back("journal", report.journal);
    fields.emplace_back("entries", std::to_string(report.last));
    fields.emplace_back("anchored", report.anchored ? "now" : "nothing new");
    fields.emplace_back("logged", std::to_string(report.logged));
  }
  fields.emplace_back("declarations", std::to_string(report.declared));
  fields.emplace_back("receipts", std::to_string(report.receipts));
  for (const auto& problem : report.problems) fields.emplace_back("REFUSED", problem);
  return fields_text(fields);
}

std::string text(const client::JournalReport& report) {
  Table journals({"JOURNAL", "ORGANISATION", "ENTRIES", "LOGGED", "STATE"});
  for (const auto& journal : report.journals) {
    std::string state = journal.present ? "present" : "LOST";
    if (!journal.follows.empty()) state += ", follows " + short_id(journal.follows, false);
    journals.add({short_id(journal.journal, false),
                  journal.organisation,
                  std::to_string(journal.last),
                  std::to_string(journal.logged),
                  state});
  }
  Table evidence({"EVIDENCE", "AGAINST", "JOURNAL", "ENTRY", "RECEIPT OF"});
  for (const auto& piece : report.evidence) {
    evidence.add({piece.kind,
                  piece.organisation,
                  short_id(piece.journal, false),
                  std::to_string(piece.number),
                  piece.anchored_by});
  }
  return journals.text() + (report.evidence.empty() ? "no evidence\n" : evidence.text());
}

}  // namespace human

namespace json {

std::string text(const client::Declared& declared) {
  Json json{{"declaration", declared.declaration},
            {"until_ms", declared.until_ms},
            {"committed", nullptr}};
  if (declared.committed) {
    json["committed"] = {{"transaction", declared.committed->tx_id},
                         {"height", declared.committed->height}};
  } else {
    json["note"] = declared.note;
  }
  return dump(json);
}

std::string text(const client::DeclarationList& list) {
  Json declarations = Json::array();
  for (const auto& view : list.declarations) declarations.push_back(to_json(view));
  return dump({{"declarations", declarations},
               {"open", list.open},
               {"overdue", list.overdue},
               {"limit", list.limit}});
}

std::string text(const client::PendingList& list) {
  Json entries = Json::array();
  for (const auto& entry : list.entries) entries.push_back(to_json(entry));
  return dump({{"journal", list.journal},
               {"entries", entries},
               {"next", list.next == 0 ? Json(nullptr) : Json(list.next)}});
}

std::string text(const client::AnchorReport& report) {
  return dump({{"journal", report.journal},
               {"last", report.last},
               {"anchored", report.anchored},
               {"logged", report.logged},
               {"declared", report.declared},
               {"receipts", report.receipts},
               {"problems", report.problems}});
}

std::string text(const client::JournalReport& report) {
  Json journals = Json::array();
  for (const auto& journal : report.journals) {
    journals.push_back(
        {{"journal", journal.journal},
         {"organisation", journal.organisation},
         {"last", journal.last},
         {"logged", journal.logged},
         {"present", journal.present},
         {"follows", journal.follows.empty() ? Json(nullptr) : Json(journal.follows)}});
  }
  Json evidence = Json::array();
  for (const auto& piece : report.evidence) {
    evidence.push_back({{"kind", piece.kind},
                        {"organisation", piece.organisation},
                        {"journal", piece.journal},
                        {"number", piece.number},
                        {"receipt_of", piece.anchored_by}});
  }
  return dump({{"journals", journals}, {"evidence", evidence}});
}

}  // namespace json

}  // namespace galen::cli
