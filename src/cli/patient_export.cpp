#include "cli/patient_export.h"

#include "cli/answer.h"
#include "cli/audit_export.h"
#include "cli/table.h"

#include <nlohmann/json.hpp>

namespace galen::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kBegin = "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[\n";

Json summary(const client::ExportReport& report, std::uint64_t entries) {
  return {{"patient", report.patient},
          {"chain", report.chain},
          {"height", report.height},
          {"time_ms", report.time_ms},
          {"block", report.block_hash},
          {"entries", entries},
          {"grants", report.grants},
          {"records", report.records},
          {"accesses", report.accesses},
          {"proxies", report.proxies},
          {"links", report.links}};
}

std::string lines(const client::ExportReport& report, const std::string& out) {
  return fields_text({{"patient", report.patient},
                      {"file", out},
                      {"grants", std::to_string(report.grants)},
                      {"records", std::to_string(report.records)},
                      {"accesses", std::to_string(report.accesses)},
                      {"proxies", std::to_string(report.proxies)},
                      {"links", std::to_string(report.links)},
                      {"complete",
                       "every access up to height " + std::to_string(report.height) + ", " +
                           instant_text(report.time_ms)},
                      {"block", report.block_hash}});
}

}  // namespace

bool BundleWriter::take(const std::string& full_url, const std::string& resource) {
  const std::string before = entries_++ == 0 ? kBegin : ",\n";
  return file_.write(before + "{\"fullUrl\":" + Json(full_url).dump() +
                     ",\"resource\":" + resource + "}");
}

bool BundleWriter::take(const client::StatementReport& accesses) {
  return each_audit_event(accesses, [this](const std::string& full_url, const std::string& event) {
    return take(full_url, event);
  });
}

bool BundleWriter::finish(const client::ExportReport& report) {
  const Json identifier{{"system", "urn:galen:block"}, {"value", report.block_hash}};
  const Json tag{{"system", "urn:galen:chain"}, {"code", report.chain}};
  return file_.write("\n],\"meta\":{\"tag\":[" + tag.dump() +
                     "]},\"identifier\":" + identifier.dump() + ",\"timestamp\":\"" +
                     fhir_instant(report.time_ms) + "\"}\n");
}

int export_patient(const CommonOptions& common,
                   const client::ExportOptions& options,
                   const std::string& out) {
  auto file = NewFile::create(out);
  if (!file) return report(file.failure());
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  BundleWriter bundle(*file);
  const auto exported = opened->export_patient(options, bundle);
  const bool written = exported && bundle.finish(*exported);
  // The file itself knows best why it could not be written.
  if (written || file->failed()) {
    if (const auto failure = file->publish()) return report(*failure);
  }
  if (!exported) return report(exported.failure());
  return print(common.json ? summary(*exported, bundle.entries()).dump() + "\n"
                           : lines(*exported, out));
}

}  // namespace galen::cli
