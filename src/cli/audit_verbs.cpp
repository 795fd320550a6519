#include "cli/audit_verbs.h"

#include "cli/answer.h"
#include "cli/audit_export.h"
#include "cli/audit_words.h"
#include "cli/event_text.h"
#include "cli/files.h"
#include "cli/human_text.h"
#include "cli/json_text.h"
#include "galen/client.h"

#include <string_view>
#include <utility>

namespace galen::cli {

namespace {

client::Outcome<client::StatementReport> verified(const StatementSource& source) {
  return verified_file(source.file, source.genesis, client::verify_statement);
}

int print_summary(const CommonOptions& common, const client::StatementReport& report) {
  return print(common.json ? json::text(report, false) + "\n" : human::text(report));
}

/// A mistyped name must not look like an organisation that never asked.
void warn_of_strangers(const std::vector<client::AccessView>& entries,
                       const client::AccessFilter& filter) {
  if (filter.organisation.empty()) return;
  for (const client::AccessView& entry : entries) {
    if (entry.organisation == filter.organisation || entry.organisation_id == filter.organisation)
      return;
  }
  std::fprintf(stderr,
               "galen: no entry of this log is of '%s': if that is a member, it never asked\n",
               filter.organisation.c_str());
}

}  // namespace

int list_access(const CommonOptions& common,
                const client::AccessListOptions& options,
                const client::AccessFilter& filter,
                bool in_words) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  auto listed = opened->list_access(options);
  if (!listed) return report(listed.failure());
  warn_of_strangers(*listed, filter);
  const auto shown = client::filtered(std::move(*listed), filter);
  if (common.json) return print(json::text(shown) + "\n");
  return print(in_words ? words_text(shown, common.full) : human::text(shown, common.full));
}

int list_own_accesses(const CommonOptions& common, const client::OwnAccessOptions& options) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  int printed = 0;
  const auto listed = opened->own_accesses(options, [&](const client::EventView& event) {
    printed = print((common.json ? json_line(event) : own_access_line(event, common.full)) + "\n");
    return printed == 0;
  });
  if (printed != 0) return printed;
  return listed ? 0 : report(listed.failure());
}

int get_statement(const CommonOptions& common,
                  const client::StatementOptions& options,
                  const std::string& out) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  // The reading is an entry of the log: not for a file that cannot be written.
  if (const auto failure = check_target(out)) return report(*failure);
  const auto file = opened->statement(options);
  if (!file) return report(file.failure());
  const std::string_view bytes(reinterpret_cast<const char*>(file->bytes.data()),
                               file->bytes.size());
  if (const auto failure = write_private_file(out, bytes)) return report(*failure);
  return print_summary(common, file->report);
}

int verify_statement(const CommonOptions& common, const StatementSource& source) {
  const auto statement = verified(source);
  if (!statement) return report(statement.failure());
  return print_summary(common, *statement);
}

int show_statement(const CommonOptions& common,
                   const StatementSource& source,
                   const client::AccessFilter& filter,
                   bool in_words) {
  auto statement = verified(source);
  if (!statement) return report(statement.failure());
  const auto summary = human::text(*statement);
  warn_of_strangers(statement->entries, filter);
  statement->entries = client::filtered(std::move(statement->entries), filter);
  if (common.json) return print(json::text(*statement, true) + "\n");
  const auto& entries = statement->entries;
  return print(summary + "\n" +
               (in_words ? words_text(entries, common.full) : human::text(entries, common.full)));
}

int export_statement(const CommonOptions& common,
                     const StatementSource& source,
                     const std::string& format,
                     const std::string& out) {
  const auto statement = verified(source);
  if (!statement) return report(statement.failure());
  const std::string content =
      format == "fhir" ? fhir_bundle(*statement) : disclosures_csv(*statement);
  if (const auto failure = write_private_file(out, content)) return report(*failure);
  return print_summary(common, *statement);
}

}  // namespace galen::cli
