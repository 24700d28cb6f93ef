<?php
// The noticeboard: one page with notices, newest first, for whoever has the password. All notices are one file of JSON, which is
// replaced as a whole. GET and PUT of /notices.json save and restore them.

const FILE = '/data/notices.json';
const LOGIN = '/etc/noticeboard/login';
const MOST = 500;
const LONGEST = 2000;

function answer(int $status, string $type, string $body): never
{
    http_response_code($status);
    header("Content-Type: $type; charset=utf-8");
    header("Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'");
    header('X-Content-Type-Options: nosniff');
    header('Cache-Control: no-store');
    exit($body);
}

function notices(): array
{
    return is_file(FILE) ? json_decode(file_get_contents(FILE), true, 8, JSON_THROW_ON_ERROR) : [];
}

function keep(array $notices): void
{
    $new = FILE . '.new';
    $text = json_encode(array_slice($notices, 0, MOST), JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_PRETTY_PRINT);
    if (file_put_contents($new, "$text\n") === false || !rename($new, FILE)) {
        answer(507, 'text/plain', "The notices cannot be written.\n");
    }
}

/** The notices of a text, or null when it is no list of them. */
function read(string $text): ?array
{
    $notices = json_decode($text, true, 8);
    $isNotice = fn ($one) => is_array($one) && is_string($one['at'] ?? null) && is_string($one['text'] ?? null);
    return is_array($notices) && array_is_list($notices) && count(array_filter($notices, $isNotice)) === count($notices)
        ? $notices
        : null;
}

function page(array $notices): string
{
    $items = array_map(
        fn ($one) => '<li><time>' . htmlspecialchars($one['at']) . '</time> ' . nl2br(htmlspecialchars($one['text'])) . '</li>',
        $notices,
    );
    $list = $items === [] ? '<p>No notices.</p>' : '<ul>' . implode("\n", $items) . '</ul>';
    $longest = LONGEST;
    return <<<HTML
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>Noticeboard</title>
        <style>body{font:1rem/1.5 system-ui;max-width:45rem;margin:2rem auto;padding:0 1rem}textarea{width:100%}time{color:#666}</style>
        <h1>Noticeboard</h1>
        <form method="post" action="/">
          <label for="text">A notice for the other operators</label>
          <textarea id="text" name="text" rows="3" maxlength="$longest" required></textarea>
          <button>Post</button>
        </form>
        $list
        </html>
        HTML;
}

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$method = $_SERVER['REQUEST_METHOD'];
if ($path === '/health') {
    // Notices that cannot be read are a fault that a person has to see: the pod is not ready.
    is_writable(dirname(FILE)) && (!is_file(FILE) || read(file_get_contents(FILE)) !== null)
        ? answer(200, 'text/plain', "ok\n")
        : answer(503, 'text/plain', "The notices cannot be read or not be written.\n");
}
$isUser = hash_equals(file_get_contents(LOGIN . '/user'), $_SERVER['PHP_AUTH_USER'] ?? '');
$knowsPassword = hash_equals(file_get_contents(LOGIN . '/password'), $_SERVER['PHP_AUTH_PW'] ?? '');
if (!$isUser || !$knowsPassword) {
    header('WWW-Authenticate: Basic realm="noticeboard"');
    answer(401, 'text/plain', "The noticeboard wants its password: make credentials prints it.\n");
}
switch ("$method $path") {
    case 'GET /':
        answer(200, 'text/html', page(notices()));
    case 'POST /':
        // A page of another origin could otherwise post with the password that the browser remembers.
        if (!in_array($_SERVER['HTTP_SEC_FETCH_SITE'] ?? 'none', ['same-origin', 'none'], true)) {
            answer(403, 'text/plain', "Notices are posted from the noticeboard's own page.\n");
        }
        $text = trim($_POST['text'] ?? '');
        if ($text === '' || strlen($text) > 4 * LONGEST || !preg_match('//u', $text)) {
            answer(400, 'text/plain', 'A notice is text of at most ' . LONGEST . " characters.\n");
        }
        keep([['at' => gmdate('Y-m-d H:i') . ' UTC', 'text' => $text], ...notices()]);
        header('Location: /');
        answer(303, 'text/plain', '');
    case 'GET /notices.json':
        answer(200, 'application/json', json_encode(notices(), JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE) . "\n");
    case 'PUT /notices.json':
        $notices = read(file_get_contents('php://input'));
        if ($notices === null) {
            answer(400, 'text/plain', "That is no list of notices.\n");
        }
        keep($notices);
        answer(204, 'text/plain', '');
    default:
        answer(404, 'text/plain', "There is no such page.\n");
}
