#include "cli/fhir/split.h"

#include "cli/fhir/classify.h"

#include <array>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace galen::cli::fhir {
namespace {

struct Draft {
  Document document;
  std::set<std::string> labels;
  Json entries = Json::array();
};

/// Parsing builds a tree whose printing recurses, so depth is limited while it is read.
Result<Json> parse_limited(const std::string& text) {
  bool too_deep = false;
  const auto limit = [&too_deep](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kMaxDepth;
    return !too_deep;
  };
  Json value = Json::parse(text, limit, false);
  if (too_deep) return fail(ErrorCode::kMalformed, "JSON nested deeper than 100 levels");
  if (value.is_discarded()) return fail(ErrorCode::kMalformed, "not JSON");
  return value;
}

bool is_bundle(const Json& value) {
  return value.is_object() && value.value("resourceType", Json()) == "Bundle" &&
         value.contains("entry") && value["entry"].is_array();
}

/// Collects the drafts of one bundle.
class Splitter {
 public:
  void note_encounter(const Json& entry) {
    const Json& resource = entry["resource"];
    if (resource.value("resourceType", Json()) != "Encounter") return;
    const std::string date = service_date_of(resource);
    if (!date.empty()) encounter_dates_[full_url(entry)] = date;
    if (date > latest_) latest_ = date;
  }

  void add(const Json& entry) {
    const Json& resource = entry["resource"];
    const std::string record_class = record_class_of(resource);
    if (record_class.empty()) return;
    const bool is_encounter = resource.value("resourceType", Json()) == "Encounter";
    const std::string encounter = is_encounter ? full_url(entry) : encounter_of(resource);
    Draft& draft = draft_of(encounter, record_class);
    draft.labels.merge(sensitivity_of(resource));
    const std::string date = service_date_of(resource);
    Document& document = draft.document;
    if (document.service_date.empty() || (!date.empty() && date < document.service_date)) {
      document.service_date = date;
    }
    Json kept = Json::object();
    kept["fullUrl"] = full_url(entry);
    kept["resource"] = resource;
    draft.entries.push_back(std::move(kept));
  }

  [[nodiscard]] std::vector<Document> finish() {
    std::vector<Document> documents;
    for (Draft& draft : drafts_) documents.push_back(finish(draft, documents.size() + 1));
    return documents;
  }

 private:
  [[nodiscard]] static std::string full_url(const Json& entry) {
    const Json url = entry.value("fullUrl", Json());
    return url.is_string() ? url.get<std::string>() : std::string();
  }

  Draft& draft_of(const std::string& encounter, const std::string& record_class) {
    const auto [place, inserted] = places_.try_emplace({encounter, record_class}, drafts_.size());
    if (inserted) {
      Draft draft;
      draft.document.record_class = record_class;
      draft.document.encounter = encounter;
      drafts_.push_back(std::move(draft));
    }
    return drafts_[place->second];
  }

  [[nodiscard]] Document finish(Draft& draft, std::size_t number) const {
    Document document = std::move(draft.document);
    std::array<char, 16> digits{};
    std::snprintf(digits.data(), digits.size(), "%03zu-", number);
    document.file = digits.data() + document.record_class + ".json";
    document.labels.assign(draft.labels.begin(), draft.labels.end());
    document.confidentiality = document.labels.empty() ? "N" : "R";
    const auto encounter = encounter_dates_.find(document.encounter);
    if (encounter != encounter_dates_.end()) document.service_date = encounter->second;
    if (document.service_date.empty()) document.service_date = latest_;
    document.resources = draft.entries.size();
    Json bundle = Json::object();
    bundle["resourceType"] = "Bundle";
    bundle["type"] = "collection";
    bundle["entry"] = std::move(draft.entries);
    document.json = bundle.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
    return document;
  }

  std::map<std::pair<std::string, std::string>, std::size_t> places_;
  std::vector<Draft> drafts_;
  std::map<std::string, std::string> encounter_dates_;
  std::string latest_;
};

/// References come from the input: a field never breaks a line of the manifest.
std::string field(const std::string& text) {
  if (text.empty()) return "-";
  std::string out;
  for (const char c : text) out += static_cast<unsigned char>(c) > ' ' ? c : '_';
  return out;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out += (out.empty() ? "" : ",") + text;
  return out;
}

}  // namespace

Result<std::vector<Document>> split_bundle(const std::string& text) {
  if (text.size() > kMaxBundleBytes) return fail(ErrorCode::kTooLarge, "bundle above 64 MiB");
  try {
    GALEN_TRY(const Json bundle, parse_limited(text));
    if (!is_bundle(bundle)) return fail(ErrorCode::kMalformed, "not a FHIR Bundle with entries");
    Splitter splitter;
    for (const Json& entry : bundle["entry"]) {
      if (!entry.is_object() || !entry.contains("resource") || !entry["resource"].is_object()) {
        return fail(ErrorCode::kMalformed, "an entry of the bundle has no resource");
      }
      splitter.note_encounter(entry);
    }
    for (const Json& entry : bundle["entry"]) splitter.add(entry);
    return splitter.finish();
  } catch (const Json::exception& error) {
    return fail(ErrorCode::kMalformed, error.what());
  }
}

std::string manifest_tsv(const std::vector<Document>& documents) {
  std::string out =
      "file\tclass\tconfidentiality\tlabels\tservice_date\tencounter\tresources\tbytes\n";
  for (const Document& d : documents) {
    out += d.file + "\t" + d.record_class + "\t" + d.confidentiality + "\t" +
           field(joined(d.labels)) + "\t" + field(d.service_date) + "\t" + field(d.encounter) +
           "\t" + std::to_string(d.resources) + "\t" + std::to_string(d.json.size()) + "\n";
  }
  return out;
}

std::string manifest_json(const std::vector<Document>& documents) {
  Json list = Json::array();
  for (const Document& d : documents) {
    list.push_back(Json{{"file", d.file},
                        {"class", d.record_class},
                        {"confidentiality", d.confidentiality},
                        {"labels", d.labels},
                        {"service_date", d.service_date},
                        {"encounter", d.encounter},
                        {"resources", d.resources},
                        {"bytes", d.json.size()}});
  }
  return Json{{"documents", std::move(list)}}.dump(2, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

}  // namespace galen::cli::fhir
