#include "cli/verbs_erasure.h"

#include "cli/answer.h"
#include "cli/erasure_text.h"
#include "cli/files.h"
#include "cli/human_text.h"
#include "cli/json_text.h"
#include "cli/new_file.h"
#include "cli/table.h"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace galen::cli {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const client::HoldView& view) {
  return {{"hold", view.hold},
          {"scope", view.scope},
          {"record_paths", view.record_paths},
          {"basis", view.basis},
          {"placed_by", view.placed_by},
          {"authority", view.authority},
          {"document", view.document},
          {"until_ms", view.until_ms},
          {"in_force", view.in_force}};
}

std::string human_text(const client::HoldList& list, bool full) {
  Table table({"hold", "covers", "basis", "placed by", "until", "status"});
  for (const auto& view : list.holds) {
    table.add({short_id(view.hold, full),
               view.record_paths.empty() ? view.scope
                                         : std::to_string(view.record_paths.size()) + " records",
               view.basis,
               view.placed_by,
               instant_text(view.until_ms),
               view.in_force ? "in force" : "run out"});
  }
  return table.text() + "proven at height " + std::to_string(list.proven_height) + "\n";
}

int print_certificate(const CommonOptions& common, const client::ErasureCertificate& certificate) {
  return print(common.json ? json::text(certificate) + "\n" : human::text(certificate));
}

std::uint64_t now_ms() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

/// Every access up to the newest block, verified, in a file that nothing was in before.
std::optional<client::Failure> keep_closing_statement(client::Client& client,
                                                      const std::string& patient,
                                                      const std::string& path) {
  auto file = NewFile::create(path);
  if (!file) return file.failure();
  client::StatementOptions whole;
  whole.patient = patient;
  const auto statement = client.statement(whole);
  if (!statement) return statement.failure();
  (void)file->write(
      {reinterpret_cast<const char*>(statement->bytes.data()), statement->bytes.size()});
  return file->publish();
}

client::Failure file_failure(const std::string& what, const std::string& path) {
  return {client::FailureKind::kGeneral, what + " " + path, "", "check the path"};
}

}  // namespace

int request_erasure(const CommonOptions& common,
                    const client::ErasureRequestOptions& options,
                    const std::string& out) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  if (out.empty()) return print_registered(common, opened->request_erasure(options), "request");
  const auto agreement = opened->approve_erasure(options);
  if (!agreement) return report(agreement.failure());
  if (const auto failure = write_private_file(out, *agreement)) return report(*failure);
  return 0;
}

int withdraw_erasure(const CommonOptions& common, const client::WithdrawErasureOptions& options) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  return print_committed(common, opened->withdraw_erasure(options));
}

int order_erasure(const CommonOptions& common,
                  const client::ErasureOrderOptions& options,
                  const std::string& closing) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  if (!closing.empty()) {
    const auto failure = keep_closing_statement(*opened, options.patient, closing);
    if (failure) return report(*failure);
  }
  const auto ordered = opened->order_erasure(options);
  // Nothing was closed: the name is free again. Without an answer the order may still commit.
  if (!ordered && !closing.empty() && ordered.failure().kind != client::FailureKind::kUnavailable) {
    std::error_code ignored;
    std::filesystem::remove(closing, ignored);
  }
  return print_committed(common, ordered);
}

int attest_erasure(const CommonOptions& common, const client::AttestOptions& options) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  client::AttestOptions whole = options;
  whole.warn = [](const std::string& line) {
    std::fprintf(stderr, "galen: warning: %s\n", visible(line).c_str());
  };
  const auto done = opened->attest_erasure(whole);
  if (!done) return report(done.failure());
  if (!common.json) return print(std::to_string(done->size()) + " phases attested\n");
  Json json = Json::array();
  for (const auto& one : *done) {
    json.push_back({{"transaction", one.tx_id}, {"height", one.height}, {"block", one.block_hash}});
  }
  return print(json.dump() + "\n");
}

int erasure_status(const CommonOptions& common, const std::string& order, bool due) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  const auto every = opened->erasure_status(order);
  if (!every) return report(every.failure());
  const auto views = due ? client::audits_due(*every, now_ms()) : *every;
  return print(common.json ? json::text(views) + "\n" : human::text(views, common.full));
}

int erasure_certificate(const CommonOptions& common,
                        const std::string& order,
                        const std::string& out) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  const auto certificate = opened->erasure_certificate(order);
  if (!certificate) return report(certificate.failure());
  std::ofstream file(out, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(certificate->bytes.data()),
             static_cast<std::streamsize>(certificate->bytes.size()));
  file.flush();
  if (!file) return report(file_failure("cannot write", out));
  return print_certificate(common, *certificate);
}

int verify_erasure(const CommonOptions& common,
                   const std::string& file,
                   const std::string& genesis) {
  const auto certificate = verified_file(file, genesis, &client::verify_erasure);
  if (!certificate) return report(certificate.failure());
  return print_certificate(common, *certificate);
}

int list_holds(const CommonOptions& common, const client::PersonQuery& query) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  const auto holds = opened->holds(query);
  if (!holds) return report(holds.failure());
  if (!common.json) return print(human_text(*holds, common.full));
  Json json{{"proven_height", holds->proven_height}, {"holds", Json::array()}};
  for (const client::HoldView& view : holds->holds) json["holds"].push_back(to_json(view));
  return print(json.dump() + "\n");
}

int place_hold(const CommonOptions& common, const client::HoldOptions& options) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  return print_registered(common, opened->place_hold(options), "hold");
}

int lift_hold(const CommonOptions& common, const std::string& patient, const std::string& hold) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  return print_committed(common, opened->lift_hold(patient, hold));
}

}  // namespace galen::cli
