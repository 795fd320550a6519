#include "cli/verbs.h"

#include "base/bytes.h"
#include "cli/answer.h"
#include "cli/decisions_text.h"
#include "cli/files.h"
#include "cli/human_text.h"
#include "cli/json_text.h"
#include "cli/progress_bar.h"
#include "cli/proof_files.h"

#include <cstdio>
#include <optional>
#include <vector>

namespace galen::cli {

namespace {

using client::Client;
using client::Outcome;

/// On stderr, whatever the output is: nobody opens a record in an emergency without knowing it.
void warn_of_emergency(const client::GetResult& result) {
  std::fprintf(
      stderr,
      "galen: EMERGENCY ACCESS: this reading is recorded and will be reviewed; the patient "
      "and the privacy officer learn of it\n");
  if (!result.emergency) return;
  std::fprintf(stderr,
               "galen: released without consensus by %s, entry %llu of its journal; run 'galen "
               "emergency anchor' when the network is back\n",
               result.delivered_by.c_str(),
               static_cast<unsigned long long>(result.emergency->number));
}

/// Verifies a file offline against a genesis file and prints the report.
template <class Verify>
int verify_file(const CommonOptions& common,
                const std::string& path,
                const std::string& genesis,
                Verify&& verify) {
  const auto result = verified_file(path, genesis, verify);
  if (!result) return report(result.failure());
  return print(common.json ? json::text(*result) + "\n" : human::text(*result));
}

/// Prints a list. With a directory, each item's proof is a file there by then, under the name
/// that `id` has.
template <class Item, class Ask>
int list_proven(const CommonOptions& common,
                const std::optional<std::string>& directory,
                std::string Item::*id,
                Ask&& ask) {
  if (directory) {
    if (const auto failure = make_proof_directory(*directory)) return report(*failure);
  }
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  const Outcome<std::vector<Item>> items = ask(*opened);
  if (!items) return report(items.failure());
  if (directory) {
    std::vector<NamedProof> proofs;
    for (const Item& item : *items) proofs.push_back({item.*id, as_text(item.proof)});
    if (const auto failure = write_proofs(*directory, proofs)) return report(*failure);
  }
  return print(common.json ? json::text(*items) + "\n" : human::text(*items, common.full));
}

}  // namespace

int show_status(const CommonOptions& common, bool all) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  if (!all) {
    const auto status = opened->status();
    if (!status) return report(status.failure());
    return print(common.json ? json::text(*status) + "\n" : human::text(*status));
  }
  const auto nodes = opened->status_all();
  const int printed =
      print(common.json ? json::text(nodes) + "\n" : human::text(nodes, common.full));
  bool reachable = false;
  for (const auto& node : nodes) reachable = reachable || node.reachable;
  if (printed != 0 || reachable) return printed;
  return report({client::FailureKind::kUnavailable, "no node answered", "status", ""});
}

int register_patient(const CommonOptions& common, const client::PatientOptions& options) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  return print_registered(common, opened->register_patient(options), "patient");
}

int register_practitioner(const CommonOptions& common, const client::PractitionerOptions& options) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  return print_registered(common, opened->register_practitioner(options), "practitioner");
}

int list_people(const CommonOptions& common, const std::string& kind) {
  return answer(
      common,
      [&](Client& client) { return client.people(kind); },
      [](const auto& ids) {
        std::string text;
        for (const auto& id : ids) text += id + "\n";
        return text;
      },
      [](const auto& ids) { return json::text(ids); });
}

int put_records(const CommonOptions& common,
                const client::PutOptions& options,
                const std::vector<std::string>& files) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  std::vector<client::PutResult> results;
  int failed = 0;
  for (const auto& file : files) {
    client::PutOptions one = options;
    one.file = file;
    ProgressBar bar("storing " + file);
    const auto put = opened->put_record(
        one, [&](std::uint64_t done, std::uint64_t total) { bar.update(done, total); });
    if (!put) {
      failed = report(put.failure());
      break;
    }
    results.push_back(*put);
  }
  // What was stored before a failure is told all the same: it is on the ledger.
  if (results.empty()) return failed;
  const int printed =
      print(common.json ? json::text(results) + "\n" : human::text(results, common.full));
  return failed != 0 ? failed : printed;
}

int list_records(const CommonOptions& common,
                 const client::ListOptions& options,
                 const std::optional<std::string>& proofs) {
  client::ListOptions whole = options;
  whole.with_proofs = proofs.has_value();
  return list_proven(common, proofs, &client::RecordView::record, [&](Client& client) {
    return client.list_records(whole);
  });
}

int get_record(const CommonOptions& common, const client::GetOptions& options) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  client::Outcome<client::GetResult> result = client::Failure{};
  {
    ProgressBar bar("receiving");
    result = opened->get_record(
        options, [&](std::uint64_t done, std::uint64_t total) { bar.update(done, total); });
  }
  if (!result) return report(result.failure());
  if (options.emergency) warn_of_emergency(*result);
  // The record itself went to standard output: nothing else belongs there.
  if (options.out == "-") return 0;
  return print(common.json ? json::text(*result) + "\n" : human::text(*result, options.out));
}

int grant_access(const CommonOptions& common, const client::ConsentOptions& options) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  return print_registered(common, opened->grant(options), "grant");
}

int revoke_access(const CommonOptions& common, const client::RevokeOptions& options) {
  return answer(
      common,
      [&](Client& client) { return client.revoke(options); },
      [](const auto& committed) { return human::text(committed); },
      [](const auto& committed) { return json::text(committed); });
}

int simulate_consent(const CommonOptions& common, const client::SimulateOptions& options) {
  return answer(
      common,
      [&](Client& client) { return client.simulate(options); },
      [&](const auto& view) { return human::text(view, common.full); },
      [](const auto& view) { return json::text(view); });
}

int import_consent(const CommonOptions& common,
                   const client::ImportOptions& options,
                   const std::string& file) {
  client::ImportOptions whole = options;
  auto text = read_file(file);
  if (!text) return report(text.failure());
  whole.consent = std::move(*text);
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  const auto result = opened->import_consent(whole);
  if (!result) return report(result.failure());
  if (!result->grants.empty()) {
    return print(common.json ? json::text(*result) + "\n" : human::text(*result, common.full));
  }
  if (common.json) {
    const int written = print(result->operation_outcome + "\n");
    return written != 0 ? written : static_cast<int>(client::FailureKind::kGeneral);
  }
  for (const auto& issue : result->issues) {
    if (issue.severity != "error") continue;
    (void)report({client::FailureKind::kGeneral,
                  file,
                  issue.location,
                  issue.diagnostics + " (" + issue.code + ")"});
  }
  return static_cast<int>(client::FailureKind::kGeneral);
}

int list_grants(const CommonOptions& common,
                const client::ListGrantsOptions& options,
                const std::optional<std::string>& proofs) {
  client::ListGrantsOptions whole = options;
  whole.with_proofs = proofs.has_value();
  return list_proven(common, proofs, &client::GrantView::grant, [&](Client& client) {
    return client.list_grants(whole);
  });
}

int check_access(const CommonOptions& common, const client::CheckOptions& options) {
  return answer(
      common,
      [&](Client& client) { return client.check(options); },
      [&](const auto& checks) { return human::text(checks, common.full); },
      [](const auto& checks) { return json::text(checks); });
}

int get_transaction(const CommonOptions& common, const std::string& tx_id) {
  return answer(
      common,
      [&](Client& client) { return client.transaction(tx_id); },
      [](const auto& transaction) { return human::text(transaction); },
      [](const auto& transaction) { return json::text(transaction); });
}

int get_block(const CommonOptions& common, std::uint64_t height) {
  return answer(
      common,
      [&](Client& client) { return client.block(height); },
      [](const auto& block) { return human::text(block); },
      [](const auto& block) { return json::text(block); });
}

int list_blocks(const CommonOptions& common,
                std::optional<std::uint64_t> from,
                std::uint64_t count) {
  return answer(
      common,
      [&](Client& client) { return client.blocks(from, count); },
      [&](const auto& blocks) { return human::text(blocks, common.full); },
      [](const auto& blocks) { return json::text(blocks); });
}

int get_proof(const CommonOptions& common,
              const client::ProofQuery& query,
              const std::string& out) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  const auto proof = opened->proof(query);
  if (!proof) return report(proof.failure());
  if (const auto failure = write_private_file(out, as_text(proof->bytes))) return report(*failure);
  return print(common.json ? json::text(proof->report) + "\n" : human::text(proof->report));
}

int verify_proof(const CommonOptions& common, const std::string& file, const std::string& genesis) {
  return verify_file(common, file, genesis, client::verify_proof);
}

int commit_text(const CommonOptions& common,
                const std::string& file,
                const std::string& salt,
                const std::optional<std::string>& expected) {
  const auto text = read_file(file);
  if (!text) return report(text.failure());
  const auto made = client::commit_text({text->begin(), text->end()}, salt, expected);
  if (!made) return report(made.failure());
  return print(common.json ? json::text(*made) + "\n" : human::text(*made));
}

int list_evidence(const CommonOptions& common, const std::string& member) {
  const auto wanted = member.empty() ? std::nullopt : std::optional(member);
  return answer(
      common,
      [&](Client& client) { return client.list_evidence(wanted); },
      [](const auto& evidence) { return human::text(evidence); },
      [](const auto& evidence) { return json::text(evidence); });
}

int export_evidence(const CommonOptions& common, const std::string& id, const std::string& out) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  const auto file = opened->evidence(id);
  if (!file) return report(file.failure());
  if (const auto failure = write_file(out, as_text(file->bytes))) return report(*failure);
  return print(common.json ? json::text(file->evidence) + "\n" : human::text(file->evidence));
}

int verify_evidence(const CommonOptions& common,
                    const std::string& file,
                    const std::string& genesis) {
  const auto verified = verified_file(file, genesis, client::verify_evidence);
  if (!verified) return report(verified.failure());
  const int printed = print(common.json ? json::text(*verified) + "\n" : human::text(*verified));
  const bool proves = verified->votes || verified->certificates.size() > 1;
  if (printed != 0 || proves) return printed;
  return report({client::FailureKind::kProof,
                 "one certificate contradicts nothing by itself",
                 file,
                 "ask the node that wrote it for its log and for its block at that height"});
}

int show_version(const CommonOptions& common) {
  const std::string version = client::version();
  return print(common.json ? json::version_text(version) + "\n" : "galen " + version + "\n");
}

}  // namespace galen::cli
