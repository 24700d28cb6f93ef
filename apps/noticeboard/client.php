<?php
// Saves or restores the notices: php client.php get|put|check FILE. BOARD_URL says where, the files of LOGIN as whom.
// A pod's policies take a moment until they let it out, so what does not connect is tried again.

const SECONDS = 60;
const LOGIN = '/etc/noticeboard/login';

function fail(string $what): never
{
    fwrite(STDERR, "$what\n");
    exit(1);
}

function request(string $method, string $content = ''): string
{
    $login = base64_encode(file_get_contents(LOGIN . '/user') . ':' . file_get_contents(LOGIN . '/password'));
    $http = [
        'method' => $method,
        'header' => "Authorization: Basic $login\r\nContent-Type: application/json",
        'content' => $content,
        'timeout' => 10,
        'ignore_errors' => true,
    ];
    $last = 'nothing answered';
    for ($end = time() + SECONDS; time() < $end; sleep(1)) {
        $body = @file_get_contents(getenv('BOARD_URL') . '/notices.json', false, stream_context_create(['http' => $http]));
        $status = $http_response_header[0] ?? null;
        if ($body !== false && $status !== null && preg_match('/ 20[04] ?/', $status)) {
            return $body;
        }
        $last = $status === null ? $last : trim("$status $body");
        unset($http_response_header);
    }
    fail('The noticeboard did not answer within ' . SECONDS . " s: $last");
}

[, $command, $file] = $argv;
switch ($command) {
    case 'get':
        file_put_contents($file, request('GET')) || fail("$file cannot be written.");
        break;
    case 'put':
        request('PUT', file_get_contents($file));
        break;
    case 'check':
        is_array(json_decode(file_get_contents($file), true)) || fail("$file is no list of notices.");
        break;
    default:
        fail("There is no command $command.");
}
